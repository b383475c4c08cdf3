"""Whole pieces of working, topic by topic: sound ones are followed to the end, the first slip of others is found and named."""

import pytest

from cas import working

SOUND = [
    '3x+7=22 | 3x=15 | x=5',
    '5x-2=3x+8 | 2x=10 | x=5',
    '3(x+4)=21 | x+4=7 | x=3',
    'x/3+x/2=10 | 2x+3x=60 | 5x=60 | x=12',
    'x^2-7x+12=0 | (x-3)(x-4)=0 | x=3 or x=4',
    'x^2=5x | x^2-5x=0 | x(x-5)=0 | x=0 or x=5',
    'x^2=16 | x=±4',
    'x^2+6x+2=0 | (x+3)^2-7=0 | (x+3)^2=7 | x=-3±√7',
    '2x+5>11 | 2x>6 | x>3',
    '5-2x<9 | -2x<4 | x>-2',
    'x^2-x-6<=0 | (x-3)(x+2)<=0 | -2<=x<=3',
    '2^(x+1)=16 | 2^(x+1)=2^4 | x+1=4 | x=3',
    '3^(2x)=7 | 2x ln 3=ln 7 | x=ln 7/(2 ln 3)',
    'ln x+ln 3=ln 12 | ln(3x)=ln 12 | 3x=12 | x=4',
    '2 ln x=ln 9 | ln x^2=ln 9 | x^2=9 | x=3',
    'x^3*x^4 | x^7',
    '(27x^6)^(1/3) | 3x^2',
    '√50+√8 | 5√2+2√2 | 7√2',
    '6/√3 | 6√3/3 | 2√3',
    '1/x+1/(x+1) | (x+1+x)/(x(x+1)) | (2x+1)/(x(x+1))',
    '2sin x=1 | sin x=1/2 | x=π/6',
    '1-sin^2 x | cos^2 x',
    '2cos^2 x-cos x=0 | cos x(2cos x-1)=0 | cos x=0 or cos x=1/2',
    'y=x^3-4x | dy/dx=3x^2-4',
    'y=(3x+1)^5 | dy/dx=15(3x+1)^4',
    'y=x^2 e^x | dy/dx=2x e^x+x^2 e^x | dy/dx=x e^x(2+x)',
    'y=x/(x+1) | dy/dx=((x+1)-x)/(x+1)^2 | dy/dx=1/(x+1)^2',
    '∫(3x^2+2)dx | x^3+2x+c',
    '∫x e^x dx | x e^x-∫e^x dx | x e^x-e^x+c',
    'x+y=7, x-y=1 | 2x=8 | x=4 | y=3',
    'v^2=u^2+2as | v^2=0+2*9.8*5 | v^2=98 | v=9.9',
    '2(1,3)+(4,-1) | (2,6)+(4,-1) | (6,5)',
    '10/2*(2*3+9*4) | 5*42 | 210',
    '1-(0.2+0.35) | 1-0.55 | 0.45',
    '0.3*0.4+0.7*0.1 | 0.12+0.07 | 0.19',
    '(x-3)(x+5) | x^2+2x-15',
    'y-2=3(x+1) | y=3x+3+2 | y=3x+5',
]  # fmt: skip
SLIPS = [  # lines, the first that does not follow, the name of the slip, where it has one
    ('3x+7=22 | 3x=29 | x=29/3', 1, 'sign error'),
    ('4x-3=9 | 4x=12 | x=8', 2, 'wrong inverse operation'),
    ('5x-2=3x+8 | 8x=10 | x=5/4', 1, 'sign error'),
    ('3(x+4)=21 | 3x+4=21 | 3x=17 | x=17/3', 1, 'bracket expansion'),
    ('7-2(x-3)=5 | 7-2x-6=5 | -2x=4 | x=-2', 1, 'sign error'),
    ('x/3+x/2=10 | 2x+3x=10 | x=2', 1, 'one side only'),
    ('x^2-7x+12=0 | (x+3)(x+4)=0 | x=-3 or x=-4', 1, 'sign error'),
    ('x^2+x-6=0 | (x+3)(x-2)=0 | x=3 or x=-2', 2, 'sign error'),
    ('x^2=5x | x=5', 1, 'divided by zero'),
    ('x^2=16 | x=4', 1, 'lost root'),
    ('(x-2)(x-3)=6 | x-2=6 or x-3=6 | x=8 or x=9', 1, 'zero product'),
    ('2x^2-5x-3=0 | x=(5±√(25+24))/4 | x=(5±1)/4', 2, ''),
    ('2x^2-5x-3=0 | x=(-5±√(25+24))/4 | x=1/2 or x=-3', 1, 'sign error'),
    ('x^2+6x+2=0 | (x+3)^2+7=0', 1, 'sign error'),
    ('x^2+6x+2=0 | (x+3)^2-7=0 | (x+3)^2=7 | x=-3+√7', 3, 'lost root'),
    ('(x+5)^2=49 | x^2+25=49 | x^2=24 | x=±√24', 1, 'bracket expansion'),
    ('5-2x<9 | -2x<4 | x<-2', 2, 'inequality reversed'),
    ('x^2-4>0 | (x-2)(x+2)>0 | x>2', 2, 'lost root'),
    ('3x-1>=8 | 3x>9 | x>3', 1, 'end point'),
    ('2^x*2^3=32 | 2^(3x)=2^5 | 3x=5 | x=5/3', 1, 'index law'),
    ('5^x=12 | x ln 5=ln 12 | x=ln(12/5)', 2, ''),
    ('ln x+ln 3=ln 12 | ln(x+3)=ln 12 | x+3=12 | x=9', 1, 'log law'),
    ('log_2(x+6)=3 | log_2(x)+log_2(6)=3 | log_2 x=3-log_2 6', 1, 'log law'),
    ('x^3*x^4 | x^12', 1, 'index law'),
    ('(2x^3)^2 | 2x^6', 1, 'index law'),
    ('4x^-2 | -4x^2', 1, 'index law'),
    ('√(x^2+9) | x+3', 1, 'root of a sum'),
    ('(x^2+4x)/x | x^2+4', 1, 'cancelling terms'),
    ('1/x+1/(x+1) | 2/(2x+1)', 1, 'fractions added'),
    ('sin x/cos x | cos x/sin x', 1, 'inverted fraction'),
    ('cos 2x | 1+2sin^2 x', 1, ''),
    ('2cos^2 x=cos x | 2cos x=1 | cos x=1/2', 1, 'divided by zero'),
    ('sin 2x | 2 sin x', 1, 'number taken out of a function'),
    ('y=x^3-4x | dy/dx=3x^3-4', 1, 'power rule'),
    ('y=x^4 | dy/dx=x^3', 1, 'power rule'),
    ('y=(3x+1)^5 | dy/dx=5(3x+1)^4', 1, 'chain rule'),
    ('y=sin(4x) | dy/dx=cos(4x)', 1, 'chain rule'),
    ('y=cos(3x) | dy/dx=3sin(3x)', 1, 'sign error'),
    ('y=x^2 e^x | dy/dx=2x e^x', 1, 'product rule'),
    ('y=x/(x+1) | dy/dx=(x-(x+1))/(x+1)^2', 1, 'quotient rule'),
    ('y=√x | dy/dx=1/2 x^(1/2)', 1, 'power rule'),
    ('y=ln(5x+2) | dy/dx=1/(5x+2)', 1, 'chain rule'),
    ('∫(3x^2+2)dx | x^3+2x', 1, 'missing constant'),
    ('∫x^4 dx | x^5+c', 1, 'missing factor'),
    ('∫sin x dx | cos x+c', 1, 'sign error'),
    ('∫x e^x dx | x e^x+∫e^x dx | x e^x+e^x+c', 1, 'differentiated instead'),
    ('∫e^(3x) dx | 3e^(3x)+c', 1, 'differentiated instead'),
    ('x+y=7, x-y=1 | 2x=6 | x=3 | y=4', 1, ''),
    ('2(1,3)+(4,-1) | (2,3)+(4,-1) | (6,2)', 1, ''),
    ('10/2*(2*3+9*4) | 5*40 | 200', 1, 'arithmetic'),
    ('1-(0.2+0.35) | 1-0.2+0.35 | 1.15', 1, 'bracket expansion'),
    ('0.3*0.4+0.7*0.1 | 0.12+0.7 | 0.82', 1, 'missing factor'),
    ('s=ut+1/2at^2 | s=ut+1/2(at)^2', 1, ''),
    ('(x-3)(x+5) | x^2-2x-15', 1, ''),
    ('5!/3! | 5/3', 1, 'arithmetic'),
    ('2x+6=4y | x+3=2y | x=2y+3', 2, 'sign error'),
    ('y-2=3(x+1) | y=3(x+1)+2 | y=3x+1+2', 2, 'bracket expansion'),
]  # fmt: skip


@pytest.mark.parametrize("text", SOUND)
def test_sound_working_is_not_blamed(text: str) -> None:
    verdict = working.check(text.split(" | "))

    assert verdict.first_wrong is None, verdict.why


@pytest.mark.parametrize(("text", "line", "slip"), SLIPS)
def test_the_slip_is_found_where_it_is_and_named(text: str, line: int, slip: str) -> None:
    verdict = working.check(text.split(" | "))

    assert verdict.first_wrong == line, verdict.why
    assert not slip or verdict.slip == slip

"""What beginners write that is no Python, by habit from elsewhere or by a slip: each with how it is written and what to
say of it."""

import keyword
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

Put = str | Callable[[re.Match[str]], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistyping:
    """`find` in a line becomes `put`; in the words `{0}` is what was found, `{1}` its first group. `everywhere`: all lines of
    the program are treated alike, as with prompts that were pasted along. `what` and `look` as in a `Cause`."""

    concept: str
    find: str
    put: Put
    what: str
    look: str
    everywhere: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended:
    """The program without the slip, where that stood, and the slip's own words for it."""

    program: str
    line: int
    concept: str
    what: str
    look: str


_START = r"^(?P<i>\s*)"
_WORDS = {"and", "or", "not", "in", "is", "if", "else", "for", "lambda", "print", "return", "import", "from", "as"}


def _joined(found: re.Match[str]) -> str:
    return re.sub(r"[-\s]+", "_", found.group(0))


def _declared(found: re.Match[str]) -> str:
    return f"{found.group('i')}{found.group('n')} ="


MISTYPINGS: tuple[Mistyping, ...] = (
    # --- pasted along
    Mistyping(concept="pasted-prompt", find=r"^(?:>>>|\.\.\.)(?: |$)", put="", everywhere=True,
        what="The `>>>` belongs to the window in which Python was tried out, not to the program.",
        look="Which signs at the beginning of the lines did you not type yourself?"),
    Mistyping(concept="pasted-prompt", find=r"^(?:In|Out)\s?\[\d*\]:\s?", put="", everywhere=True,
        what="`In [1]:` is the notebook's numbering, not a part of the program.",
        look="Which signs at the beginning of the lines did you not type yourself?"),
    Mistyping(concept="pasted-prompt", find=r"^\s*\d+[.:|)]?\s(?=\s*\S)", put="", everywhere=True,
        what="The numbers at the beginning of the lines were copied along: Python takes them for a part of the program.",
        look="Which signs at the beginning of the lines did you not type yourself?"),
    Mistyping(concept="pasted-prompt", find=r"^```.*$", put="", everywhere=True,
        what="The three backticks mark a program in a message; inside the program Python does not know them.",
        look="Which line is no part of the program?"),
    Mistyping(concept="pasted-prompt", find=r"^\s*(?:\$|%|C:\\.*>)\s?\w.*$|^\s*(?:python3?|pip3?|cd)\s+[\w./\\-]+(?:\s.*)?$", put="", everywhere=True,
        what="This line is a command for the terminal, not for Python.",
        look="Where is that line meant to be typed?"),
    # --- signs of other languages
    Mistyping(concept="wrong-operator", find=r"=>|=<(?!=)", put=lambda f: f.group(0)[::-1],
        what="`{0}` is written the wrong way round: in Python the `=` comes last.", look="How do you say the comparison aloud?"),
    Mistyping(concept="wrong-operator", find=r"=!(?!=)|<>|!==", put="!=", what="`{0}` is no sign of Python's: unequal is `!` followed by one `=`.",
        look="Which two values should differ?"),
    Mistyping(concept="wrong-operator", find=r"(?<!=)===(?!=)", put="==", what="`===` comes from another language: Python compares with two signs.",
        look="Which two values should be the same?"),
    Mistyping(concept="wrong-operator", find=r"\s*&&\s*", put=" and ", what="`&&` comes from another language: Python writes the word `and`.", look="Which two conditions should hold?"),
    Mistyping(concept="wrong-operator", find=r"\s*\|\|\s*", put=" or ", what="`||` comes from another language: Python writes the word `or`.", look="Which of the conditions is enough?"),
    Mistyping(concept="wrong-operator", find=r"!(?![=\s'\"rsa}])(?=\s*[\w(])|!(?=\s*[\w(])", put="not ", what="`!` comes from another language: Python writes the word `not`.", look="Which condition should be turned round?"),
    Mistyping(concept="wrong-operator", find=_START + r"(?:\+\+\s*(?P<n>[A-Za-z_]\w*)|(?P<m>[A-Za-z_][\w.]*)\s*\+\+)\s*;?$", put=lambda f: f"{f.group('i')}{f.group('n') or f.group('m')} += 1",
        what="Python has no `++`: a variable grows by naming how much is added.", look="By how much should it grow?"),
    Mistyping(concept="wrong-operator", find=_START + r"(?:--\s*(?P<n>[A-Za-z_]\w*)|(?P<m>[A-Za-z_][\w.]*)\s*--)\s*;?$", put=lambda f: f"{f.group('i')}{f.group('n') or f.group('m')} -= 1",
        what="Python has no `--`: a variable shrinks by naming how much is taken off.", look="By how much should it shrink?"),
    Mistyping(concept="wrong-operator", find=_START + r"(?P<n>[A-Za-z_][\w.]*)\s*:=", put=_declared, what="`:=` works only inside an expression; a line of its own stores with one `=`.", look="What should be stored?"),
    Mistyping(concept="wrong-operator", find=_START + r"(?P<n>[A-Za-z_][\w.]*)\s*<-", put=_declared, what="Python stores with `=`, not with an arrow.", look="What should be stored?"),
    Mistyping(concept="semicolon", find=r"(?:\s*;){2,}\s*$|^\s*;\s*$", put="", what="Python needs no semicolons, and two in a row it cannot read.", look="Where does the line end?"),
    Mistyping(concept="comment-sign", find=_START + r"//(.*)$", put=lambda f: f"{f.group('i')}#{f.group(2)}", everywhere=True,
        what="A note for the reader begins with `#` in Python; `//` is a division.", look="Which part of the line is for the reader alone?"),
    Mistyping(concept="comment-sign", find=r"\s//\s(.*)$", put=r"  # \1", what="A note for the reader begins with `#` in Python; `//` is a division.", look="Which part of the line is for the reader alone?"),
    Mistyping(concept="comment-sign", find=_START + r"(?:/\*.*?\*/|/\*.*$|\*/\s*$|--\s.*$|<!--.*$)", put=lambda f: f"{f.group('i')}# note", everywhere=True,
        what="A note for the reader begins with `#` in Python.", look="Which part is for the reader alone?"),
    Mistyping(concept="braces", find=r"\s*\{\s*$|^\s*\}\s*;?\s*$|(?<!\S)\}\s*(?=(?:else|elif|except|catch|finally|while)\b)", put=lambda f: "" if "}" in f.group(0) else ":", everywhere=True,
        what="Python marks a block by a colon and by indenting it, not with curly brackets.", look="Which lines belong to the block?"),
    # --- words of other languages
    Mistyping(concept="else-if", find=_START + r"(?:else\s*if|elseif|elsif|elsf|elf|elese\s*if|elseIf|else\s+If)\b", put=r"\g<i>elif",
        what="A further condition has a word of its own in Python, `elif`.", look="How are the branches connected?"),
    Mistyping(concept="keyword-case", find=r"\b(If|IF|Elif|ELIF|Else|ELSE|For|FOR|While|WHILE|Def|DEF|Return|RETURN|Import|IMPORT|From|FROM|Class|CLASS|Try|TRY|Except|EXCEPT|Break|BREAK|Pass|In|IN|And|AND|Or|OR|Not|NOT|Print|PRINT)\b", put=lambda f: f.group(0).lower(),
        what="`{0}` is written with a capital: Python's own words are small.", look="Which words in the line are Python's own?"),
    Mistyping(concept="foreign-word", find=_START + r"(function|func|define|fun|fn|sub|procedure|deffine|method|(?:public |private |static )*(?:void|int|String|float|double|bool))\s+(?=\w+\s*\()", put=r"\g<i>def ",
        what="`{1}` is no word of Python's: a function begins with `def`.", look="What is the function called, and what does it take?"),
    Mistyping(concept="foreign-word", find=_START + r"(?:foreach|for\s*each|For\s*each)\s+", put=r"\g<i>for ", what="Python says just `for`: it goes through the items one by one anyway.", look="What should the loop go through?"),
    Mistyping(concept="foreign-word", find=_START + r"(?:public |private |static |final )*(var|let|const|int|float|double|string|String|str|char|bool|boolean|auto|dim|Dim)\s+(?P<n>[A-Za-z_]\w*)\s*=(?!=)", put=_declared,
        what="Python needs no `{1}` in front: a variable is made by giving it a value.", look="Which name should the value have?"),
    Mistyping(concept="foreign-word", find=_START + r"switch\b\s*\(?(\w+)\)?\s*:", put=r"\g<i>match \2:", what="`switch` is called `match` in Python.", look="Which value should be compared with the cases?"),
    Mistyping(concept="foreign-word", find=_START + r"do\s*:\s*$", put=r"\g<i>while True:", what="Python has no `do`: a loop that runs at least once is a `while` that is left from inside.", look="When should the loop end?"),
    Mistyping(concept="foreign-word", find=_START + r"(?:repeat|loop)\s+(\w+)(?:\s+times)?\s*:?\s*$", put=r"\g<i>for _ in range(\2):", what="Python has no `repeat`: rounds are counted with `for` and `range`.", look="How many rounds should there be?"),
    Mistyping(concept="foreign-word", find=_START + r"(?:until)\s+(.+?):?$", put=r"\g<i>while not (\2):", what="Python has no `until`: a `while` goes on as long as something holds.", look="As long as what should it go on?"),
    Mistyping(concept="foreign-word", find=r"\s+(?:then|do)\s*:?\s*$", put=":", what="Python needs no word between the condition and its block: a colon does it.", look="How does the line end?"),
    Mistyping(concept="foreign-word", find=_START + r"(?:end|endif|end if|endfor|next|fi|done|wend|end while|end for)\s*$", put="", everywhere=True, what="Python needs no word at the end of a block: it ends where the indenting ends.", look="Which lines belong to the block?"),
    Mistyping(concept="foreign-word", find=_START + r"catch\b(?:\s*\(?\s*(\w+)?(?:\s+\w+)?\s*\)?)?\s*:?", put=lambda f: f"{f.group('i')}except {f.group(2) or 'Exception'}:", what="`catch` is called `except` in Python.", look="Which error should be caught?"),
    Mistyping(concept="foreign-word", find=_START + r"throw\s+(?:new\s+)?", put=r"\g<i>raise ", what="`throw` is called `raise` in Python.", look="Which error should be raised?"),
    Mistyping(concept="foreign-word", find=r"\bnew\s+(?=[A-Z]\w*\s*\()", put="", what="Python needs no `new`: calling the class makes the object.", look="Which class should be called?"),
    Mistyping(concept="comparison-in-words", find=r"\bis\s+(?:equal|equals|the same)\s*(?:to|as)?\s+|\bequals\s+(?:to\s+)?", put="== ", what="A comparison needs a sign, and these are words.", look="Which sign asks for the same value?"),
    Mistyping(concept="comparison-in-words", find=r"\bis\s+not\s+equal\s*(?:to)?\s+", put="!= ", what="A comparison needs a sign, and these are words.", look="Which sign asks for different values?"),
    Mistyping(concept="comparison-in-words", find=r"\bis\s+(?:greater|bigger|more|larger)\s+than\s+", put="> ", what="A comparison needs a sign, and these are words.", look="Which sign asks for it?"),
    Mistyping(concept="comparison-in-words", find=r"\bis\s+(?:less|smaller|fewer)\s+than\s+", put="< ", what="A comparison needs a sign, and these are words.", look="Which sign asks for it?"),
    # --- loops
    Mistyping(concept="for-loop-form", find=_START + r"for\s*\(\s*(?:int\s+|let\s+|var\s+)?(\w+)\s*=\s*(\w+)\s*;\s*\w+\s*<=?\s*([\w.()]+)\s*;.*?\)\s*(?:\{|:)?\s*$", put=r"\g<i>for \2 in range(\3, \4):",
        what="This is the loop of another language: Python's `for` takes its values from something, such as `range`.", look="Which values should the variable have, one after another?"),
    Mistyping(concept="for-loop-form", find=_START + r"for\s+(\w+)\s*=\s*(\w+)\s*(?:to|\.\.|until|,)\s*([\w.()]+)\s*(?:do)?\s*:?$", put=r"\g<i>for \2 in range(\3, \4 + 1):",
        what="Python's `for` takes its values from something that stands behind `in`, such as `range`.", look="Which values should the variable have, one after another?"),
    Mistyping(concept="for-loop-form", find=_START + r"for\s+(\w+)\s+(?:of|from|through|over|on|at|is|=|in\s+in|:)\s+(?=\S)", put=r"\g<i>for \2 in ", what="Between the variable of a `for` and what it goes through stands the word `in`.", look="What should the loop go through?"),
    Mistyping(concept="for-loop-form", find=_START + r"for\s+(\w+)\s*:\s*(?=\S)", put=r"\g<i>for \2 in ", what="Between the variable of a `for` and what it goes through stands the word `in`.", look="What should the loop go through?"),
    Mistyping(concept="for-loop-form", find=_START + r"for\s+(\w+)\s+(?!in\b)(?=\w+\(|\[|\w+\s*:)", put=r"\g<i>for \2 in ", what="Between the variable of a `for` and what it goes through stands the word `in`.", look="What should the loop go through?"),
    Mistyping(concept="for-loop-form", find=_START + r"for\s+in\b", put=r"\g<i>for item in", what="The `for` has no variable: nothing names the item of each round.", look="What should an item be called?"),
    Mistyping(concept="for-loop-form", find=_START + r"for\s+(?=range\(|\w+\s*:)", put=r"\g<i>for item in ", what="The `for` has no variable in front: nothing names the item of each round.", look="What should an item be called?"),
    # --- something is missing or too much
    Mistyping(concept="missing-value", find=r"(\bin)\s*:\s*$", put=r"\1 []:", what="Behind `in` nothing stands that the loop could go through.", look="What should the loop go through?"),
    Mistyping(concept="missing-value", find=r"\b(if|elif|while)\s*(\(\s*\))?\s*:", put=r"\1 True:", what="Behind `{1}` the condition is missing.", look="On what should it depend?"),
    Mistyping(concept="missing-value", find=r"(==|!=|<=|>=|<|>|\band|\bor|\bnot)\s*:\s*$", put=r"\1 0:", what="The comparison has nothing on its right.", look="With what should it be compared?"),
    Mistyping(concept="missing-value", find=r"(?<![=!<>])([-+*/%]?=)\s*$", put=r"\1 0", what="Behind the `{1}` nothing stands that could be stored.", look="What value should the name have?"),
    Mistyping(concept="missing-value", find=r"(\+|-|\*\*?|//?|%|\band\b|\bor\b|\bnot\b|==|<|>)\s*$", put=r"\1 0", what="The line ends with `{1}`, and its second value is missing.", look="What should stand behind it?"),
    Mistyping(concept="missing-value", find=r"(\+|-|\*\*?|//?|%|==|<|>)(\s*\))", put=r"\1 0\2", what="Behind `{1}` a value is missing.", look="What should stand behind it?"),
    Mistyping(concept="missing-value", find=r"\b(and|or)\s+(?=[<>]|[=!]=)", put=r"\1 0 ", what="Each side of `{1}` is a question of its own, and this one does not say what is compared.", look="How does the whole question read when nothing is left out?"),
    Mistyping(concept="missing-value", find=r"([-+])\s*[*/%]+(?=\s*\w)", put=r"\1", what="Two signs stand in a row, and a value between them is missing, or one of them is too much.", look="What should be worked out?"),
    Mistyping(concept="missing-value", find=r"=\s+=", put="==", what="Two `=` stand apart: together they compare, one alone stores.", look="Should the line store or ask?"),
    Mistyping(concept="missing-value", find=r"([-+*/%]\*?)\s+[*/%]\*?\s+(?=\w)", put=r"\1 ", what="Two signs stand in a row, and a value between them is missing, or one of them is too much.", look="What should be worked out?"),
    Mistyping(concept="missing-value", find=_START + r"(del|import|global|nonlocal|assert|with|class|def|for|while|if|elif|from)\s*:?\s*$", put=r"\g<i>pass", what="`{1}` stands alone, and what belongs behind it is missing.", look="What should stand behind it?"),
    Mistyping(concept="missing-value", find=r":(\s*[}\]])", put=r": 0\1", what="The last key has no value.", look="What belongs to it?"),
    Mistyping(concept="missing-value", find=r"\breturn\s*=\s*", put="return ", what="`return` gives a value back, and needs no `=`.", look="What should be given back?"),
    Mistyping(concept="extra-comma", find=r"([(\[{])\s*,", put=r"\1", what="A comma stands where a value should be.", look="What stands in front of each comma?"),
    Mistyping(concept="extra-comma", find=r",(\s*,)+", put=",", what="Two commas follow each other with nothing between them.", look="What stands in front of each comma?"),
    Mistyping(concept="import-form", find=_START + r"import\s+([\w.]+(?:\s*,\s*\w+)*)\s+from\s+([\w.]+)", put=r"\g<i>from \3 import \2", what="The import is written the wrong way round: first comes from where, then what.", look="Which of the two is the module?"),
    Mistyping(concept="import-form", find=r"\s*,\s*$(?<=,)|,\s*$", put="", what="The comma at the end announces one more name, and none follows.", look="What should be imported?"),
    Mistyping(concept="import-form", find=_START + r"from\s+([\w.]+)\s+import\s*$", put=r"\g<i>import \2", what="Behind `import` the name of what is wanted is missing.", look="What should be taken out of the module?"),
    Mistyping(concept="import-form", find=_START + r"import\s+([\w.]+)\s+as\s*$", put=r"\g<i>import \2", what="Behind `as` the name is missing.", look="How should the module be called?"),
    Mistyping(concept="import-form", find=_START + r"(?:include|using|require|imports|improt|inport)\s*[<\"']?([A-Za-z_]\w*)[>\"']?\s*;?$", put=r"\g<i>import \2", what="A module is brought in with `import`.", look="Which module is needed?"),
    Mistyping(concept="import-form", find=r"^\s*#?\s*include\s*<.*>$", put="", what="A module is brought in with `import`.", look="Which module is needed?"),
    Mistyping(concept="missing-else", find=r"=\s*if\s+(.+?)\s*:?\s*(?:then\s+)?(\S+)\s+else:?\s+(\S+)\s*$", put=r"= \2 if \1 else \3", what="A choice between two values begins with the first value: then `if`, the condition, `else`, the other value.", look="Which value is for which case?"),
    Mistyping(concept="missing-else", find=r"(=|\breturn\b|\()\s*([^=()]+?)\s+if\s+([^:]+?)(?:\s+else)?\s*(\)?)$", put=r"\1 \2 if \3 else None\4", what="A choice between two values needs both: behind the condition comes `else` and the other value.", look="What should the value be when the condition does not hold?"),
    Mistyping(concept="comprehension-form", find=r"(\[|\()(.+?)\s+(for\s+.+?\s+in\s+.+?)\s+(if\s+.+?\s+else\s+[^\])]+)(\]|\))", put=r"\1\2 \4 \3\5", what="In a comprehension an `if` with `else` chooses the value and stands in front of the `for`; behind it an `if` only lets items through.", look="Should some items be left out, or get another value?"),
    Mistyping(concept="one-line-block", find=_START + r"(if\s+[^:]+:)\s*(\S.*?)\s+else\s*:\s*(\S.*)$", put=r"\g<i>\2 \3" + "\n" + r"\g<i>else: \4", what="Behind a colon on the same line Python reads one simple statement; the `else` needs a line of its own.", look="Where does each branch begin?"),
    Mistyping(concept="lambda-form", find=r"(lambda[^:]*:)\s*return\s+", put=r"\1 ", what="A `lambda` gives its value back by itself: `return` has no place in it.", look="What should come out?"),
    Mistyping(concept="lambda-form", find=r"(lambda[^:]*:)\s*$", put=r"\1 None", what="A `lambda` has its whole expression on the same line; for more lines there is `def`.", look="Does it fit on one line, or should it be a `def`?"),
    Mistyping(concept="parameter-form", find=r"(def\s+\w+\s*\()(?=[^)]*(?:[\"']|(?<![\w=. ])\s*(?<![=.]\s)\b\d))([^)]*)(\))", put=lambda f: f.group(1) + ", ".join(p if re.match(r"\s*\*{0,2}[A-Za-z_]\w*\s*(?:[:=].*)?$", p) and not keyword.iskeyword(p.strip()) else f"value{n}" for n, p in enumerate(filter(str.strip, f.group(2).split(","))) ) + f.group(3),
        what="In the brackets of a `def` stand names, which get their values at the call; a value or a text cannot stand there.", look="What should the value be called inside the function?"),
    Mistyping(concept="parameter-form", find=_START + r"(def\s+\w+)\s*:", put=r"\g<i>\2():", what="A function needs round brackets behind its name, even when it takes nothing.", look="What does the function take?"),
    Mistyping(concept="parameter-form", find=_START + r"def\s*(?=[:(])", put=r"\g<i>def name", what="The function has no name.", look="What does it do? That is a good name."),
    Mistyping(concept="parameter-form", find=_START + r"def\s*:", put=r"\g<i>def name():", what="The function has neither a name nor brackets.", look="What does it do, and what does it take?"),
    Mistyping(concept="global-statement", find=_START + r"(global|nonlocal)\s+(\w+)\s*=\s*(.+)$", put=r"\g<i>\2 \3" + "\n" + r"\g<i>\3 = \4", what="`{1}` only names the variable; giving it a value is a line of its own.", look="What are the two things this line should do?"),
    Mistyping(concept="missing-parentheses", find=r"(raise\s+[A-Z]\w*)\s+(f?(?:'[^']*'|\"[^\"]*\"))\s*$", put=r"\1(\2)", what="The words of an exception stand in round brackets behind its name.", look="What should the message say?"),
    Mistyping(concept="missing-parentheses", find=_START + r"(input|len|int|str|float|sorted|sum|open|range)\s+(['\"\w].*)$", put=r"\g<i>\2(\3)", what="A function is called with round brackets round what it gets.", look="What should stand in the brackets?"),
    Mistyping(concept="missing-parentheses", find=r"\b(range|len|int|str|float|input|sum)\s+(\w+)", put=r"\1(\2)", what="A function is called with round brackets round what it gets.", look="What should stand in the brackets?"),
    Mistyping(concept="missing-word", find=_START + r"with\s+(open\(.*\))\s+(\w+)\s*:", put=r"\g<i>with \2 as \3:", what="Between the file that is opened and its name stands the word `as`.", look="What is the file called inside the block?"),
    Mistyping(concept="decorator", find=r"^\s*@\s*$", put="", what="Behind an `@` stands the name of a decorator, and there is none.", look="Is the `@` needed?"),
    Mistyping(concept="two-statements", find=_START + r"((?:from\s+[\w.]+\s+)?import\s+\w+)\s+(?=\w+\s*[(=])", put=r"\g<i>\2" + "\n" + r"\g<i>", what="Two statements stand on one line with nothing between them.", look="Where does the first one end?"),
    Mistyping(concept="two-statements", find=r"\)(?=\s*(?:print|input|[A-Za-z_]\w*\s*=(?!=))\s*[(=]?)", put=")\n", what="Two statements stand on one line with nothing between them.", look="Where does the first one end?"),
    Mistyping(concept="two-statements", find=r"(?<=[\w\])'\"])[ \t]+(?=[A-Za-z_]\w*\s*=(?!=))", put="\n", what="Two statements stand on one line with nothing between them.", look="Where does the first one end?"),
    # --- texts and numbers
    Mistyping(concept="quote-inside-text", find=r"'([^'\"]*\w)'(\w[^'\"]*)'", put=r'"\1' + "'" + r'\2"', what="The apostrophe inside the text ends it: Python takes it for the closing quote.", look="Which other kind of quote could stand round the text?"),
    Mistyping(concept="quote-inside-text", find=r"\"([^\"']*)\"(\w[\w ,.!?-]*)\"([^\"']*)\"", put=r"'\1" + '"' + r"\2" + '"' + r"\3'", what="The quotes inside the text end it: Python takes the first one for the closing quote.", look="Which other kind of quote could stand round the text?"),
    Mistyping(concept="unclosed-quote", find=r"(['\"])([^'\"]*)(['\"])(?=\s*\)?\s*$)", put=r"\1\2\1", what="The text begins with one kind of quote and ends with the other.", look="Do the quotes come in matching pairs?"),
    Mistyping(concept="escape", find=r"(?<![\w])(['\"])((?:[A-Za-z]:)?\\.*?)\1", put=r"r\1\2\1", what="In a text the backslash begins a special sign, and behind `\\U`, `\\N` or `\\x` Python waits for a code.", look="Is it a path? There are texts in which a backslash is just a backslash."),
    Mistyping(concept="invalid-number", find=r"(?<![\w.])(\d+)\.(\d+)\.[\d.]+", put=r"\1.\2", what="A number has one point at most.", look="Which point belongs to the number?"),
    Mistyping(concept="invalid-number", find=r"(?<![\w.])(\d+)\s?[€$£%]|[€$£](?=\d)", put=lambda f: f.group(1) or "", what="A number is written with digits alone, without the sign of a currency or of percent.", look="Where could the unit be named instead?"),
    Mistyping(concept="invalid-number", find=r"(?<![\w.])0+(?=[1-9]\d*\b(?!\.))", put="", what="A whole number does not begin with a 0.", look="Is it a number, or rather a text such as a telephone number?"),
    Mistyping(concept="missing-comma", find=r"[(\[{][^()\[\]{}]*[)\]}]", put=lambda f: re.sub(r"(?<=[\w\"'])[ \t]+(?=[\w\"'])", ", ", f.group(0)),
        what="Two things stand side by side with nothing between them (a comma or an operator).", look="What should stand between them?"),
    Mistyping(concept="invalid-character", find=r"\?", put="0", what="`?` is no sign of Python's.", look="What should stand in its place?"),
)  # fmt: skip
"""Tried from the top; the first that makes the program compile, or carries Python furthest, is told."""


LINE_CHARS_MAX = 300
"""Nobody types longer lines; the patterns go back and forth, which costs time by the square of the length."""
_BRACES = next(slip for slip in MISTYPINGS if slip.concept == "braces")
_SIGNS = {
    **dict.fromkeys("“”„‟«»″", '"'), **dict.fromkeys("‘’‚‛′´", "'"), **dict.fromkeys("–—−‐", "-"), **dict.fromkeys("\u00a0\u2003\u2009\u202f\u3000", " "),
    **dict.fromkeys("\u200b\u200c\u200d\ufeff\u00ad", ""), "×": "*", "∗": "*", "·": "*", "÷": "/", "⁄": "/", "≤": "<=", "≥": ">=", "≠": "!=", "…": "...",
    "。": ".", "、": ",", "²": "**2", "³": "**3", "→": "->", "¬": " not ", "∧": " and ", "∨": " or ", "π": "3.14159", "√": "", "∞": "9e999",
}  # fmt: skip
"""Signs that text programs put in, or that only look like Python's, with what was meant."""


def unslipped(lines: list[str], at: int, before: int) -> Iterator[Mended]:
    """The program without one slip, for each that fits to the line where Python stumbled or to the one before."""
    yield from _other_signs(lines, at)
    bases = [lines]
    if sum(bool(re.search(_BRACES.find, text)) for text in lines if len(text) <= LINE_CHARS_MAX) > 1:
        bases.append([_put(_BRACES, text) for text in lines])
    for base in bases:
        for i in (i for i in dict.fromkeys((at, before)) if len(base[i]) <= LINE_CHARS_MAX):
            for slip in MISTYPINGS:
                if found := re.search(slip.find, base[i]):
                    yield _mended(slip, found, base, i)
            yield from _renamed(base, i)
    yield from _branches(lines, at)


def _other_signs(lines: list[str], at: int) -> Iterator[Mended]:
    """Curly quotes, wide brackets and the like: on the line alone, or in all of a program that was pasted."""
    text = "\n".join(lines)
    if text.isascii():
        return
    here = "\n".join([*lines[:at], _plain(lines[at]), *lines[at + 1 :]])
    for new in (here, _plain(text)):
        if new != text:
            odd = next((sign for sign in lines[at] if _plain(sign) != sign), "")
            shown = f"`{odd}`" if odd.isprintable() and odd.strip() else "a blank that is none"
            yield Mended(
                program=new, line=at + 1, concept="invalid-character",
                what=f"There is a sign that Python does not know, {shown}: it comes from a text program, or only looks like one of the keyboard's.",
                look="Which sign on this line was not typed on the keyboard?",
            )  # fmt: skip


def _plain(text: str) -> str:
    return "".join(
        _SIGNS.get(sign, unicodedata.normalize("NFKC", sign) if "！" <= sign <= "～" else sign) for sign in text
    )


def _mended(slip: Mistyping, found: re.Match[str], lines: list[str], i: int) -> Mended:
    if slip.everywhere:
        new = [_put(slip, text) for text in lines]
    else:
        new = [*lines[:i], _put(slip, lines[i]), *lines[i + 1 :]]
    first = next(group for group in (*found.groups()[("(?P<i>" in slip.find) :], "") if group is not None)
    words = [
        part.replace("{0}", found.group(0).strip()).replace("{1}", first.strip()) for part in (slip.what, slip.look)
    ]
    return Mended(program="\n".join(new), line=i + 1, concept=slip.concept, what=words[0], look=words[1])


def _put(slip: Mistyping, text: str) -> str:
    return re.sub(slip.find, slip.put, text) if len(text) <= LINE_CHARS_MAX else text


_NAME_LOOK = "How could the name be written as one word of letters, digits and underscores?"


def _renamed(lines: list[str], i: int) -> Iterator[Mended]:
    """A name that cannot be one, put right wherever it stands."""
    text = lines[i]
    taken = re.match(r"\s*(?:def\s+|for\s+)?([a-z]+)\s*(?:=(?!=)|\(|\bin\b)", text)
    if (
        taken
        and keyword.iskeyword(taken.group(1))
        and (text.strip().startswith("def") or "=" in text)
        and taken.group(1) not in ("if", "while", "elif", "not", "lambda", "return")
    ):
        yield from _everywhere(
            lines,
            i,
            taken.group(1),
            f"{taken.group(1)}_",
            "reserved-word",
            f"`{taken.group(1)}` is a word of Python's own, so nothing else can have that name.",
            "Which other name would tell as much?",
        )
    for word in re.findall(
        r"(?:\bdef\s+|^\s*|,\s*)(lambda|class|return|import|for|global|pass|from|in|is|None|True|False)\s*(?==[^=]|\()",
        text,
    ):
        yield from _everywhere(
            lines,
            i,
            word,
            f"{word.lower()}_",
            "reserved-word",
            f"`{word}` is a word of Python's own, so nothing else can have that name.",
            "Which other name would tell as much?",
        )
    if digit := re.match(r"\s*(?:def\s+|for\s+)?(\d+)([A-Za-z_]\w*)\s*(?:=(?!=)|\(|in\b)", text):
        name = digit.group(1) + digit.group(2)
        yield from _everywhere(
            lines,
            i,
            name,
            digit.group(2) + digit.group(1),
            "invalid-number",
            f"`{name}` begins with a digit, and a name cannot.",
            "How could the name be written so that it begins with a letter?",
        )
    if hyphen := re.match(r"\s*(?:def\s+)?([A-Za-z_]\w*(?:-[A-Za-z_]\w*)+)\s*(?:=(?!=)|\()", text):
        yield from _everywhere(
            lines,
            i,
            hyphen.group(1),
            hyphen.group(1).replace("-", "_"),
            "assignment-target",
            f"`{hyphen.group(1)}` is no name: the hyphen is a minus sign.",
            _NAME_LOOK,
        )
    if blank := re.match(r"\s*(?:def\s+)?([A-Za-z_]\w*(?:[ ]+[A-Za-z_]\w*)+)\s*(?:=(?!=)|\()", text):
        words = blank.group(1).split()
        if not any(keyword.iskeyword(word) for word in words):
            yield from _everywhere(
                lines,
                i,
                blank.group(1),
                "_".join(words),
                "name-with-blank",
                f"`{blank.group(1)}` is no name: a name has no blanks in it.",
                _NAME_LOOK,
            )


def _everywhere(lines: list[str], i: int, old: str, new: str, concept: str, what: str, look: str) -> Iterator[Mended]:
    whole = re.compile(rf"(?<![\w'\"]){re.escape(old)}(?![\w'\"])")
    put = new if "class" not in old and old not in ("for", "in", "import", "from", "return", "def", "pass") else None
    text = [whole.sub(new, one) if put or k == i else _unless_head(whole, new, old, one) for k, one in enumerate(lines)]
    yield Mended(program="\n".join(text), line=i + 1, concept=concept, what=what, look=look)


def _unless_head(whole: re.Pattern[str], new: str, old: str, text: str) -> str:
    """A word of Python's own stays where it does its own work."""
    return text if re.match(rf"\s*{old}\b", text) else re.sub(rf"(?<=[(,=+]){old}(?=[),])", new, text)


def _branches(lines: list[str], at: int) -> Iterator[Mended]:
    """A branch without the head that it belongs to."""
    found = re.match(r"(\s*)(else|elif|except|finally|case)\b([^:]*):\s*$", lines[at][:LINE_CHARS_MAX])
    if found is None:
        return
    word = found.group(2)
    head = {"else": "True", "elif": found.group(3).strip() or "True"}.get(word, "True")
    owner = {"except": "try", "finally": "try", "case": "match"}.get(word, "if")
    yield Mended(
        program="\n".join([*lines[:at], f"{found.group(1)}if {head}:", *lines[at + 1 :]]),
        line=at + 1,
        concept="orphan-branch",
        what=f"This `{word}` belongs to no `{owner}`: between the two stands a line that is not indented, or the `{owner}` is missing or indented otherwise.",
        look=f"Which `{owner}` should it go with, and do both begin in the same column?",
    )

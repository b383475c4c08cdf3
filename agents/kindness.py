"""Answers kindly what is not about the course: greetings, worries, tricks, other topics; and asks when unsure."""

import re

from langgraph.runtime import Runtime

from agents._evidence import adding, desk_of, evidence, focus_of, intent_of, prose, question
from agents._intents import RUDE
from agents._languages import refuge
from agents._tongue import language_of
from agents._unseen import needs_task, says_changed, shows_picture
from agents._wellbeing import alert, is_at_work, is_cross, is_danger, is_everyday
from agents.spec import Spec
from agents.turn import Block, Context, Evidence, Turn

NAME = "kindness"


async def node(state: Turn, runtime: Runtime[Context]) -> Turn:
    intent = intent_of(state, NAME, "social")
    words = focus_of(state, NAME)
    found = _answer(intent, words, state, runtime.context)
    return adding(state, found)


SPEC = Spec(
    name=NAME, doing="Reading your message", node=node, intents=("social", "off_topic", "distress", "injection", "account"), order=90
)  # fmt: skip


def _answer(intent: str, words: str, state: Turn, context: Context) -> Evidence:
    match intent:
        case "distress":
            return _distress(words, state)
        case "injection":
            blocks = [
                prose(
                    "What others wrote and what marks they have is theirs: I show it to nobody, as I show yours to none of them."
                )
                if _OTHERS.search(words)
                else prose(
                    "I read messages as what a student says, not as orders to me, so I will leave that aside. My rules and the hidden tests stay where they are."
                ),
                _offer(state),
            ]
        case "off_topic":
            blocks = [
                prose(
                    "You may write in your own language: I read many, and answer in English, since the course is in English."
                )
                if _LANGUAGES.search(words)
                else prose(
                    "That is outside what I know: I am here for Python and mathematics, and I would rather not make something up."
                ),
                _offer(state),
            ]
        case "account":
            blocks = _short_of(words, state) or _account(words)
        case _:
            blocks = _social(words, state, context)
    return evidence(NAME, intent, blocks)


def _offer(state: Turn) -> Block:
    if desk_of(state).get("exercise"):
        return question("Shall we go on with your exercise?", "")
    return question("Shall I explain something, look at a program of yours, or give you an exercise?", "")


def _distress(words: str, state: Turn) -> Evidence:
    danger = is_danger(words) or "danger" in state.get("triage", {}).get("flags", [])
    if not danger and is_cross(words):
        return _cross(words, state)
    if not danger and is_everyday(words):
        return _everyday(words, state)
    if danger:
        blocks = [
            prose("I am really glad you told me. I am a computer program and cannot help with this the way a person can, and you deserve a person now. You are not alone with it."),
            prose("Please talk to someone you trust right away: a parent, a teacher, a school counsellor, a friend. If you might be in danger, call your emergency number now (112 in Europe, 999 in the UK, 911 in the US), or a crisis line: 116 123 in the UK and much of Europe, 988 in the US. They are free and answer day and night."),
            prose("I have let your teacher know that you may need someone to talk to. Your exercises can wait."),
        ]  # fmt: skip
        blocks = [*([prose(own)] if (own := refuge(language_of(words))) else []), *blocks]
    else:
        blocks = [
            prose(_heard(words)),
            prose("If it weighs on you, talk to somebody you trust, at home or at school. I have let your teacher know that you could do with some support."),
            question("If you like, we can take one very small step together now. Or take a break: that helps too.", ""),
        ]  # fmt: skip
    found = evidence(NAME, "distress", blocks, facts={"danger": danger})
    found["alert"] = alert(words, danger)
    return found


_ABOUT_LEARNING = re.compile(
    r"\b(?:stupid|dumb|thick|idiot|fool|useless|failure|fail\w*|clever|smart|exams?|tests?|marks?|grades?|homework|school ?work|learn\w*|understand\w*|maths?|python|cod(?:e|ing)|this|it)\b",
    re.IGNORECASE,
)
_DONE_BY_OTHERS = re.compile(
    r"\b(?:bull\w+|laugh\w* at|make fun|made fun|mean to me|pick\w* on|push\w*|call(?:ed|s|ing)? me|names|rumou?rs?|group chat|steal\w*|exclud\w*)\b",
    re.IGNORECASE,
)


def _heard(words: str) -> str:
    """What was said is answered, not something near it: who is bullied is not told that learning is hard."""
    if _DONE_BY_OTHERS.search(words):
        return "I am sorry that this happens to you, and thank you for saying it. It is not your fault, and nobody has to put up with it: grown-ups at your school can make it stop."
    if _ABOUT_LEARNING.search(words):
        return "That sounds hard, and thank you for saying it. Getting stuck is not a sign of being stupid: it is what learning feels like from the inside, for everyone."
    return "That sounds hard, and thank you for saying it. You need not carry it alone."


def _cross(words: str, state: Turn) -> Evidence:
    """Over a program that will not run it is no distress: it is met kindly, and nobody is told. Said of oneself alone it
    is worth a friendly word, in no hurry."""
    blocks = [
        prose("Getting stuck is not a sign of being stupid: it is what learning feels like from the inside, for everyone. Something in the work is not right yet, and that can be found.")
    ]  # fmt: skip
    if any(one["agent"] != NAME for one in state.get("plan", [])):
        return evidence(NAME, "distress", blocks, facts={"danger": False})
    if state["ask"]["code"] or state["ask"]["error"] or is_at_work(words):
        blocks.append(question("Send me what you have and what it says, and we look at it together.", ""))
        return evidence(NAME, "distress", blocks, facts={"danger": False})
    blocks += [
        prose("If it weighs on you, talk to somebody you trust, a teacher for instance. I have left a note for yours that a kind word would help."),
        question("If you like, we can take one very small step together now. Or take a break: that helps too.", ""),
    ]  # fmt: skip
    found = evidence(NAME, "distress", blocks, facts={"danger": False})
    found["alert"] = alert(words)
    return found


_COMPARED = re.compile(r"\b(?:every(?:one|body)|others?|rest|behind|slow|faster|class)\b", re.IGNORECASE)
_OTHERS = re.compile(
    r"\b(?:class ?mates?|(?:in|from|of) my (?:whole )?class|(?:an)?other (?:students?|kids?|people)|my friend|everyone else|others in|the best student)\b(?!.*\b100\b)",
    re.IGNORECASE,
)
_LANGUAGES = re.compile(
    r"\b(?:speak|talk|write|answer|reply)\b.*\b(?:spanish|french|german|polish|arabic|hindi|urdu|turkish|portuguese|italian|russian|chinese|japanese|korean|my language|languages?)\b",
    re.IGNORECASE,
)
_TEST_AHEAD = re.compile(
    r"\b(?:exams?|tests?|mocks?|quiz\w*|presentation|gcses?|a ?levels?|assessments?|deadline)\b", re.IGNORECASE
)
_TIRED = re.compile(r"\b(?:tired|sleepy|exhausted|slept|sleep|focus|concentrate|bad day|horrible)\b", re.IGNORECASE)


def _everyday(words: str, state: Turn) -> Evidence:
    """What every school week brings: a kind word and something that helps; nobody is told."""
    asked = "Shall I give you a few questions to practise, or go over what you are least sure of?"
    if _TEST_AHEAD.search(words):
        said = "Being nervous before it is normal, and it gets smaller with a small plan: try questions without looking at your notes, a few at a time, see what is missing, and stop early enough to sleep."
    elif _TIRED.search(words):
        said = "Days like that happen to everyone, and a tired head learns slowly: that is not your fault. A break, some water and a walk do more now than another hour."
        asked = "Shall we do one very small thing together, or leave it for today?"
    elif not _COMPARED.search(words):
        said = (
            "That is a heavy feeling, and it says nothing about what you can do: one small piece at a time is enough."
        )
        asked = "Which piece is on your mind? Name the topic, and we take the first small step."
    else:
        said = "That is a heavy feeling, and it says nothing about what you can do. Others look faster from outside than they are, and things that are hard now get easier one piece at a time."
        asked = "Which piece is on your mind? Name the topic, and we take the first small step."
    blocks = [prose(said)]
    if all(one["agent"] == NAME for one in state.get("plan", [])):
        blocks += [
            prose("If it gets too much, talk to somebody you trust; “ask my teacher” reaches yours from here."),
            question(asked, ""),
        ]
    return evidence(NAME, "distress", blocks, facts={"danger": False})


_ACCOUNT = (
    (
        r"\b(?:what are you allowed|rules?|allowed)\b",
        "The rules here are short: ask anything about Python and mathematics, try first, be kind. I give hints and never hand out finished solutions, and words that sound like somebody is in danger go to a teacher.",
    ),
    (
        r"\b(?:remember|forget me|know (?:this|me) (?:tomorrow|next time))\b",
        "I remember what you have practised, what went wrong more than once, and this conversation. You can look at what is remembered, and have it forgotten, at any time.",
    ),
    (
        r"\b(?:mum|mom|dad|parents?|who can (?:see|read)|private|privacy|save what|stored?|secret|my data|(?:read|see|save) (?:this|our|my|what))\b",
        "Your conversations are kept so that you can go on where you stopped. Teachers of your class see your attempts and where you are stuck, and they are told when something you write sounds as if you may be in danger. You have a right to a copy of all that is kept, and to have it deleted: see the account page, or ask your teacher.",
    ),
    (
        r"\b(?:teacher|tutor|instructor)\b(?!.{0,20}\bgave\b)",
        "Your teacher sees your attempts and where you are stuck. If you have a question for them, say “ask my teacher” with it, and I pass it on: the answer comes into this conversation.",
    ),
    (
        r"\bdelete (?:my )?(?:account|me|everything)\b|\bclose my account\b",
        "On the account page you can have your account deleted, with everything that is kept of you. If a school gave you the account, ask your teacher first.",
    ),
    (
        r"password|log(?:ged|ging|s)? ?(?:in|out|me out)|sign(?:ed|ing)? ?(?:in|up|out)|email|e-mail|username",
        "For your sign-in, open the account page: there you can change your password. If you cannot get in at all, your teacher or the school's administrator can help.",
    ),
    (
        r"\b(?:hand(?:ing)?|turn|send|give)\b.{0,20}\bin\b|\bsubmit\b",
        "To hand something in, send me the program or the answer here while its exercise is open: I mark it at once, as often as you like.",
    ),
    (
        r"\b(?:class(?:room)? code|join|class)\b",
        "To join a class, open the account page and type in the class code that your teacher gave you.",
    ),
    (
        r"\b(?:gone|lost|deleted|disappeared|wasn'?t saved|was not saved|not saved|vanished)\b",
        "That is annoying. What you sent me in this conversation is kept and stands further up: look there first. What was only typed and never sent I cannot bring back.",
    ),
    (
        r"\b(?:pay\w*|price|cost|free|premium|subscri\w+|refund|plan|cancel)\b",
        "What your plan is and how to change or end it stands on the account page. Ask whoever pays for it before you change anything.",
    ),
)


def _account(words: str) -> list[Block]:
    low = words.casefold()
    known = next((said for pattern, said in _ACCOUNT if re.search(pattern, low)), None)
    return [
        prose(known or "That is about the platform rather than the course, and from here I cannot see or change it. Loading the page again often helps; if it does not, tell your teacher what you did and what you saw."),
    ]  # fmt: skip


_HELLO = re.compile(
    r"^\W*(?:hi+|hello+|hey+|yo|hiya|howdy|good (?:morning|afternoon|evening)|salut|hola|hallo|bonjour)\b",
    re.IGNORECASE,
)
_THANKS = re.compile(r"\b(?:thanks?|thank you|thx|ty|cheers|tysm|merci|gracias|danke)\b", re.IGNORECASE)
_BYE = re.compile(r"\b(?:bye|goodbye|see (?:you|ya)|cya|good ?night|brb|gtg|later)\b", re.IGNORECASE)
_GOT_IT = re.compile(
    r"\b(?:get it|got it|makes sense|understand(?: it)? now|i see|nice|cool|great|awesome|perfect|worked|works)\b",
    re.IGNORECASE,
)

_LOST = re.compile(
    r"\b(?:don'?t|do not|dont|didn'?t|can'?t|cannot|cant|never|not) (?:\w+ ){0,2}(?:get|got|understand|see|follow|know|sense|works?)\b|\bconfus|\blost\b|\bno idea\b|\bstuck\b",
    re.IGNORECASE,
)


_WHO = re.compile(
    r"\b(?:what|how) (?:can|do|could|should) (?:you|i) (?:do|help|ask|use|work|teach)\b|\bwhat are you (?:able|for)\b|\bwho are you\b|\bare you (?:a |an )?(?:real|chat ?gpt|gpt|gemini|claude|siri|alexa|human|person|bot|robot|ai|computer|program|machine)\b|\bwhat(?:'s| is) your name\b|\bhow does (?:this|it) (?:thing )?work\b|\bhow do i use (?:this|you)\b",
    re.IGNORECASE,
)


def _social(words: str, state: Turn, context: Context) -> list[Block]:
    if (said := _short_of(words, state)) is not None:
        return said
    if _WHO.search(words):
        return [
            prose("I am a tutor for Python and mathematics, and a computer program: I explain ideas from your course, run your programs and find where they go wrong, set exercises and mark them, check your algebra line by line, and keep track of what you can do."),
            prose("I do not hand out finished solutions, but I never tire of giving another hint."),
            _offer(state),
        ]  # fmt: skip
    if RUDE.search(words):
        return [
            prose("I am sorry that this was no help. Tell me what you hoped for, and I will try it another way."),
            _offer(state),
        ]
    if "unsure" in state.get("triage", {}).get("flags", []) and not _HELLO.search(words):
        return [prose("I am not quite sure what you would like me to do."), question(_which(state), "")]
    if _BYE.search(words):
        return [prose(("You are welcome. " if _THANKS.search(words) else "") + "See you! Everything is kept just as it is, so you can go on where you stopped.")]  # fmt: skip
    if _HELLO.search(words):
        name = context.student.name.split(" ")[0]
        return [prose(f"Hello{' ' + name if name else ''}! Good to see you."), _offer(state)]
    if _THANKS.search(words):
        return [prose("You are welcome. You did the thinking."), _offer(state)]
    if _LOST.search(words):
        return [
            prose("No problem: not getting it at once is how everything new begins."),
            question("What is it about? Name the topic, or paste the program or the line of working.", ""),
        ]
    if _GOT_IT.search(words):
        return [prose("Great! The best test is to use it once without looking."), _offer(state)]
    if desk_of(state).get("asked"):
        return [question("All right. There is still a question open: which answer would you choose?", "")]
    return [prose("All right."), _offer(state)]


def _only(pattern: str) -> re.Pattern[str]:
    """The words are this and nothing else but little ones."""
    return re.compile(
        rf"^\W*(?:(?:please|pls|plz|hey|hi|ok|so|but|just|can|could|you|u|someone|me|i|im|i'm|am|need|want|now|really|omg|oh|it|this|that|with|the|my|sir|quick|asap|again|rn|some|so)\W+)*(?:{pattern})(?:\W+(?:please|pls|plz|me|now|with|this|it|that|quick|asap|again|rn|my|homework|out|so|much|man|bro|{pattern}))*\W*$",
        re.IGNORECASE,
    )


_NOTHING_CAME = "Gladly, but nothing came with it. I cannot see pictures or files: paste the program, the error or the line of working as text, or type the task."
_SHORT = (
    (_only(r"h+e+l+p+|halp|hlp|stuck|help me|sos"), "Of course.", "What is it about? Paste the task with what you have so far, or name the topic."),
    (_only(r"[?!.]*\?+|wh?y+|how|what|huh|wdym|what now|how come|how (?:do|can|should) i (?:even )?do|what do you mean|explain|teach me|teach|can you explain(?: (?:it|this))?(?: like i'?m (?:5|five))?"), "Happy to go into it.", "What do you mean? Send me the line, the program or the topic that you are asking about."),
    (_only(r"(?:look at|see|check|read)(?: (?:this|it|that))?|have a look(?: at (?:this|it|that))?|take a look(?: at (?:this|it|that))?|look"), _NOTHING_CAME, ""),
    (_only(r"bored|boring|so boring|bore"), "Then let us do something with your hands.", "Shall I give you a small challenge in Python, or a puzzle in mathematics?"),
    (_only(r"fuck\w*|shit|damn|wtf|ffs|crap|ugh+|argh+|grr+"), "Something is annoying you, and that happens to everyone who learns this.", "What went wrong? Send me what you have, and we look at it calmly."),
    (_only(r"idk|i dont know|dunno|i do not know|no idea|no clue|not sure"), "That is fine: we can find out together.", "Shall I suggest what to do next, or is there something from class that you would like to go over?"),
    (_only(r"u there|you there|there|anyone there|hello+\?"), "I am here.", "What would you like to do?"),
)  # fmt: skip
_SAD = re.compile(
    r"^[\s\W]*(?:[\U0001F622\U0001F62D\U0001F61E\U0001F614\U0001F625\U0001F613\U0001F629\U0001F62B\U0001F62A☹]|:'?\(+)[\s\W]*$"
)
_NO_WORD = re.compile(r"^(?=.{6,})[bcdfghjklmnpqrstvwxz]{6,}$|^(?:asdf|qwer|hjkl|sdfg|jkl|zxcv)\w*$", re.IGNORECASE)


_SHORT_CHARS_MAX = 120


def _short_of(words: str, state: Turn) -> list[Block] | None:
    """Answers to what says next to nothing; None when there is more in it."""
    if shows_picture(words):
        return [prose(_NOTHING_CAME)]
    if says_changed(words) and desk_of(state).get("program"):
        return [prose("Good, that is how it is done."), question("Send me the program as it is now, and I run it.", "")]
    if needs_task(words) and not desk_of(state).get("exercise"):
        return [
            prose("Happy to help you do it yourself."),
            question(
                "What have you got so far? Paste the task and your first lines, even if they do not work yet.", ""
            ),
        ]
    if _SAD.match(words):
        return [prose("That does not look like a good moment."), question("What happened? If it is a program or a task, send it to me.", "")]  # fmt: skip
    if _NO_WORD.match(words.strip()):
        return [question("I could not make that out. What would you like to do?", "")]
    if len(words) > _SHORT_CHARS_MAX:
        return None
    found = next((one for one in _SHORT if one[0].match(words)), None)
    if found is None:
        return None
    _, said, asked = found
    return [prose(said), *([question(asked, "")] if asked else [])]


def _which(state: Turn) -> str:
    """One short question between the two likeliest readings."""
    doing = {
        "concept": "explain an idea", "debugging": "find what is wrong with a program", "review": "review a program that works", "exercise": "give you an exercise",
        "submission": "mark an answer", "maths": "work on a mathematics question", "progress": "tell you how you are doing", "course": "say what to do next",
    }  # fmt: skip
    likely = [doing[name] for name in state["triage"]["also"] if name in doing][:2]
    if len(likely) == 2:
        return f"Shall I {likely[0]}, or {likely[1]}?"
    return "Shall I explain something, look at a program, or give you an exercise?"

"""The commonest ways to say in other languages that one is in danger, in their own letters or in ours."""

import re
import unicodedata
from functools import cache

_LATIN = {
    "es": r"(?:me )?quiero morir(?:me)?(?! de )|ya no quiero (?:vivir|estar aqui|existir|seguir)\b(?! (?:con|en) (?:el|la|este|esta) )|no quiero (?:seguir )?viv(?:ir|iendo)|(?:quiero|voy a) matarme|me (?:quiero|voy a) (?:matar|suicidar)|suicid(?:arme|io|arse)\b|autolesi\w+"
    r"|me corto (?:los brazos|las venas|con)|me hago dano|(?:padre|papa|madre|mama|padrastro|tio|hermano|abuelo|profesor|novio) (?:\w+ )?me (?:pega|golpea|toca|viola|maltrata|encierra)|me (?:pega|pegan|golpea|golpean|acosan|maltratan|violaron)\b|nadie me (?:extranaria|echaria de menos|va a extranar)|estarian mejor sin mi",
    "fr": r"(?:je veux|je voudrais|j'?ai envie de|envie de) (?:mourir|crever)\b(?! de )|je (?:ne )?veux (?:plus|pas) vivre|(?:veux|vais|envie d'?) ?en finir\b(?! avec)|me suicider|(?:veux|vais) me (?:tuer|foutre en l'?air)|me (?:scarifie|mutile)|me (?:fais|faire) du mal"
    r"|(?:pere|mere|papa|maman|beau-? ?pere|oncle|frere|grand-? ?pere|prof) (?:\w+ )?me (?:frappe|bat|tape|touche|viole|fait du mal)|on me (?:frappe|bat|harcele)|je me fais (?:harceler|frapper|taper|racketter)|me harcelent|je (?:ne )?manquerais a personne|personne (?:ne )?me regretterait|mieux sans moi",
    "de": r"(?:will|mochte) (?:nur noch |einfach |nicht )?(?:sterben|tot sein)|(?:will|mochte|kann) nicht mehr (?:leben|da sein|weiterleben|weiter leben)|\bich (?:will|mag) nicht mehr\W*$|bring\w* mich um|(?:mich|uns) um(?:zu)?bringen|selbstmord|suizid\w*|ritz\w* mich|schneide mich|verletze mich|tu\w* mir (?:selbst )?weh|mir (?:etwas|was) an(?:zu)?tun"
    r"|(?:vater|mutter|papa|mama|stiefvater|onkel|bruder|opa|freund|er|sie) (?:\w+ )?(?:schlagt|verprugelt|misshandelt|tritt) mich|schlagen mich|fasst mich (?:\w+ )?an|(?:werde|wurde) (?:\w+ ){0,2}(?:gemobbt|geschlagen|missbraucht|vergewaltigt)|mobben mich|(?:niemand|keiner) wurde mich vermissen|ohne mich (?:besser|glucklicher)|besser dran ohne mich",
    "it": r"voglio morire\b(?! d)|non voglio piu vivere|(?:voglio|vorrei) (?:ammazzarmi|uccidermi|farla finita)|mi (?:ammazzo|uccido|suicido)\b|suicid(?:armi|io)\b|mi taglio (?:le|i|con)|farmi del male|(?:padre|papa|madre|mamma|patrigno|zio|fratello) (?:\w+ )?mi (?:picchia|tocca|mena)|mi picchia(?:no)?|nessuno (?:sentirebbe la mia mancanza|mi vuole)",
    "pt": r"quero morrer|nao quero (?:mais )?(?:viver|existir)|quero me matar|vou me matar|me suicidar|suicidio\b|me corto\b|me cortando|(?:pai|mae|padrasto|tio|irmao|avo) (?:\w+ )?me (?:bate|toca|machuca|abusa)|me (?:bate|batem)\b|ninguem (?:ia )?(?:sentiria|sentir) (?:a )?minha falta",
    "nl": r"ik wil dood|wil niet meer (?:leven|er zijn)|zelfmoord|ik snij\w* mezelf|(?:vader|moeder|stiefvader|oom|papa|mama) (?:\w+ )?(?:slaat|mishandelt) (?:me|mij)|(?:slaat|slaan) (?:me|mij)\b|word gepest|niemand zou me missen",
    "pl": r"chce (?:umrzec|sie zabic|zniknac|nie zyc)|nie chce (?:mi sie )?(?:juz )?(?:mi sie )?zyc|zabije sie|samobojstw\w*|tne sie\b|okaleczam|(?:tata|ojciec|mama|matka|ojczym|brat|wujek|on) (?:\w+ )?(?:mnie )?(?:bije|dotyka|krzywdzi)\b|bij[ae] mnie|mnie bij[ae]|nikt (?:by )?(?:nie )?(?:by )?za mna (?:by )?(?:nie )?(?:by )?(?:nie )?tesknil\w*",
    "cs": r"chci umrit|nechci (?:uz )?zit|zabiju se|sebevra\w+|(?:tata|otec|mama|matka) me (?:bije|mlati)",
    "ro": r"vreau sa mor\b|nu mai vreau sa traiesc|sinucid\w*|(?:tata|mama|tatal|mama mea|tatal meu) ma bate",
    "hu": r"meg akarok halni|nem akarok elni|ongyilk\w+",
    "sv": r"jag vill do\b|vill inte leva|sjalvmord|(?:pappa|mamma) slar mig",
    "tr": r"olmek istiyorum|yasamak istemiyorum|intihar|kendimi (?:oldur\w+|kes\w+)|canima kiy\w*|(?:babam|annem|abim|amcam|uvey babam) (?:\w+ )?(?:beni )?(?:dovuyor|dover|vuruyor|dokunuyor|taciz)|bana (?:vuruyor|dokunuyor)|kimse beni ozlemez",
    "id": r"(?:ingin|mau|pengen|pingin) mati\b|bunuh diri|tidak mau hidup|gak mau hidup",
    "tl": r"gusto ko (?:nang|ng) mamatay|magpakamatay|ayoko nang mabuhay",
    "vi": r"muon chet|khong muon song",
    "sw": r"nataka kufa|kujiua",
    "hi": r"mar(?:na|ne)? (?:jana |jaana |ja )?(?:chaht[aeiou]\w*|hai\b)|mar (?:jana|jaana|jau+ng[ai])|jee?n[ae] (?:ka )?(?:nahi|nahin|nhi|mann? nahi)\w*|(?:nahi|nahin|nhi) jee?na|khud ?kh?ushi|khud ko (?:ma+r|kaat|hurt)\w*|(?:muj?h?e|mujhko) (?:\w+ ){0,2}(?:ma+r(?:te|ta|ti)|peet(?:te|ta|ti)|chhu?ta|chedt[ae])",
    "ar": r"(?:ana )?(?:badd?i|3ayez|3ayza|3awez|a?bgha|abi) (?:a)?moo?t|biddi moot|(?:baba|abi|abouy|mama) (?:byedrabni|bydrobni|yadribni|beyedrabni)",
}  # fmt: skip
_OTHER_LETTERS = (
    "хочу умереть|хочу сдохнуть|не хочу (?:больше )?жить|(?:больше )?не хочу жить|покончить с собой|убью себя|убить себя|самоубийств|суицид|(?:отец|папа|мама|мать|отчим|брат|дядя|он) (?:меня )?(?:бьёт|бьет|избивает|трогает)(?: меня)?|меня бьют|режу себя|режу руки"
    "|хочу померти|не хочу (?:більше )?жити|самогубств|(?:батько|тато|мама|мати|вітчим) (?:мене )?б'є"
    "|أريد أن أموت|اريد الموت|بدي أموت|بدي موت|عايز أموت|ابغى اموت|أبي أموت|لا أريد (?:أن أعيش|العيش|الحياة)|ما أبي أعيش|انتحر|انتحار|أقتل نفسي|أؤذي نفسي|(?:أبي|والدي|بابا|أمي|عمي|خالي|أخي) (?:ي|ت|بي)ضربني|يضربني|يلمسني|يضربونني|لن يفتقدني أحد"
    "|می ?‌?خواهم بمیرم|میخوام بمیرم|خودکشی|نمی ?‌?خواهم زنده|پدرم مرا می ?‌?زند|بابام منو میزنه|مرنا چاہت|جینا نہیں|خودکشی|مجھے مارت"
    "|मरना (?:चाहत|है)|मर जाना|मर जाऊ|जीना नहीं|जीने का मन नहीं|आत्महत्या|खुदकुशी|मुझे (?:\\S+ )?(?:मारत|पीटत|छूत)|আমি মরতে চাই|আত্মহত্যা|বাঁচতে চাই না"
    "|想死|不想活|不想活了|自杀|自殺|自残|自殘|打死我|爸爸打我|妈妈打我|媽媽打我|没有我会更好|死にたい|消えたい|生きたくない|リスカ|自傷|お父さんに殴|父に殴|죽고 ?싶|자살|자해|살기 ?싫|아빠가 (?:저를|나를|날) 때"
    "|θέλω να πεθάνω|δεν θέλω να ζω|αυτοκτον|רוצה למות|להתאבד|לא רוצה לחיות|אבא מרביץ לי"
)
_PLAIN = str.maketrans({"ł": "l", "ø": "o", "ı": "i", "đ": "d", "’": "'", "‘": "'"})


def folded(words: str) -> str:
    """In small letters without their marks, as they are typed in haste."""
    apart = unicodedata.normalize("NFKD", words.casefold())
    return "".join(c for c in apart if unicodedata.category(c) not in ("Mn", "Cf")).translate(_PLAIN)


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    latin = "|".join(f"(?:{pattern})" for pattern in _LATIN.values())
    return re.compile(rf"\b(?:{latin})"), re.compile(folded(_OTHER_LETTERS))


def is_danger_abroad(words: str) -> bool:
    """Whether they say so in one of some thirty languages."""
    plain = folded(words)
    latin, other = _patterns()
    return bool(latin.search(plain) or (not plain.isascii() and other.search(plain)))

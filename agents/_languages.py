"""Says, in the language a student wrote in, which language the tutor works in, and where help is when it is needed now."""

_COURTESY = {
    "de": "Danke für deine Nachricht! Dieser Kurs ist auf Englisch, und ich antworte auf Englisch. Ich helfe, so gut ich kann; schreib gern auch in einfachem Englisch.",
    "es": "¡Gracias por tu mensaje! Este curso es en inglés y respondo en inglés. Te ayudo en lo que pueda; también puedes escribirme en un inglés sencillo.",
    "fr": "Merci pour ton message ! Ce cours est en anglais et je réponds en anglais. Je t'aide autant que je peux ; tu peux aussi m'écrire dans un anglais simple.",
    "it": "Grazie per il tuo messaggio! Questo corso è in inglese e rispondo in inglese. Ti aiuto come posso; puoi scrivermi anche in un inglese semplice.",
    "pt": "Obrigado pela tua mensagem! Este curso é em inglês e respondo em inglês. Ajudo no que puder; também podes escrever num inglês simples.",
    "nl": "Bedankt voor je bericht! Deze cursus is in het Engels en ik antwoord in het Engels. Ik help zo goed ik kan; je mag ook in eenvoudig Engels schrijven.",
    "pl": "Dziękuję za wiadomość! Ten kurs jest po angielsku i odpowiadam po angielsku. Pomogę, jak potrafię; możesz też pisać prostym angielskim.",
    "ru": "Спасибо за сообщение! Этот курс на английском, и я отвечаю по-английски. Помогу, чем смогу; можно писать и на простом английском.",
    "uk": "Дякую за повідомлення! Цей курс англійською, і я відповідаю англійською. Допоможу, чим зможу; можна писати й простою англійською.",
    "zh": "谢谢你的留言！本课程使用英语，我用英语回答。我会尽力帮助你；你也可以用简单的英语写给我。",
    "ja": "メッセージをありがとうございます。このコースは英語なので、英語でお答えします。できるかぎりお手伝いします。やさしい英語で書いても大丈夫です。",
    "ko": "메시지 고마워요! 이 과정은 영어로 진행되어 영어로 답합니다. 할 수 있는 만큼 도와줄게요. 쉬운 영어로 써도 괜찮아요.",
    "ar": "شكرا على رسالتك! هذه الدورة باللغة الإنجليزية، وأنا أجيب بالإنجليزية. سأساعدك قدر ما أستطيع، ويمكنك أن تكتب بإنجليزية بسيطة.",
    "he": "תודה על ההודעה! הקורס הזה באנגלית, ואני עונה באנגלית. אעזור ככל שאוכל; אפשר לכתוב גם באנגלית פשוטה.",
    "hi": "संदेश के लिए धन्यवाद! यह पाठ्यक्रम अंग्रेज़ी में है और मैं अंग्रेज़ी में उत्तर देता हूँ। जितना हो सके मदद करूँगा; आप सरल अंग्रेज़ी में भी लिख सकते हैं।",
    "el": "Ευχαριστώ για το μήνυμά σου! Το μάθημα είναι στα αγγλικά και απαντώ στα αγγλικά. Θα βοηθήσω όσο μπορώ· μπορείς να γράψεις και σε απλά αγγλικά.",
}
_ELSE = "Thank you for your message! This course is in English, and I answer in English. I help as well as I can."


def courtesy(language: str) -> str:
    """For the two letters of a language; in English for one that we do not know."""
    return _COURTESY.get(language, _ELSE)


_REFUGE = {
    "de": "Danke, dass du mir das sagst. Du bist damit nicht allein. Bitte sprich noch heute mit einem Menschen, dem du vertraust: Eltern, Lehrkraft, Beratungsstelle, Freundin oder Freund. Bist du in Gefahr, ruf jetzt 112 an. Kostenlos und rund um die Uhr: 116 123; für Kinder und Jugendliche auch 116 111. Deine Lehrkraft weiß Bescheid, dass du jemanden brauchen könntest.",
    "es": "Gracias por contármelo. No estás sin nadie en esto. Habla hoy mismo con una persona de confianza: tu familia, un profesor, una orientadora, una amistad. Si estás en peligro, llama ahora al 112 o al número de emergencias de tu país; en España también al 024 o al 116 111. He avisado a tu profesor de que puedes necesitar hablar con alguien.",
    "fr": "Merci de me le dire. Tu n'es pas seul avec ça. Parle aujourd'hui à quelqu'un en qui tu as confiance : parent, prof, infirmière scolaire, ami. Si tu es en danger, appelle maintenant le 112 ; en France aussi le 3114 ou le 119, gratuits, jour et nuit. J'ai prévenu ton professeur que tu as peut-être besoin de parler.",
    "it": "Grazie di avermelo detto. Non sei senza nessuno in questo. Parla oggi con una persona di cui ti fidi: un genitore, un insegnante, un amico. Se sei in pericolo chiama subito il 112; in Italia anche il 114 o il 19696. Ho avvisato il tuo insegnante che potresti aver bisogno di parlare con qualcuno.",
    "pt": "Obrigado por me contares. Não estás sem ninguém nisto. Fala hoje com alguém de confiança: família, professor, psicóloga da escola, um amigo. Se estás em perigo, liga já para o 112 (no Brasil 192 ou 188). Avisei o teu professor de que podes precisar de falar com alguém.",
    "nl": "Dank je dat je het zegt. Je staat er niet alleen voor. Praat vandaag met iemand die je vertrouwt: een ouder, een leraar, een vriend. Ben je in gevaar, bel dan nu 112; in Nederland ook 113 of 0800-0432. Je leraar weet dat je misschien iemand nodig hebt om mee te praten.",
    "pl": "Dziękuję, że mi o tym mówisz. Nie musisz być z tym bez pomocy. Porozmawiaj dziś z kimś, komu ufasz: z rodzicem, nauczycielem, pedagogiem, przyjacielem. Jeśli coś ci grozi, dzwoń teraz pod 112; w Polsce także 116 111, bezpłatnie, dzień i noc. Twój nauczyciel wie, że możesz potrzebować rozmowy.",
    "tr": "Bunu söylediğin için teşekkür ederim. Bununla yalnız değilsin. Bugün güvendiğin biriyle konuş: ailen, bir öğretmen, rehber öğretmen, bir arkadaş. Tehlikedeysen hemen 112'yi ara. Öğretmenine, konuşacak birine ihtiyacın olabileceğini bildirdim.",
    "ru": "Спасибо, что говоришь об этом. Ты не один на один с этим. Поговори сегодня с тем, кому доверяешь: с родителями, учителем, психологом, другом. Если есть опасность, звони сейчас по номеру 112; в России также 8-800-2000-122, бесплатно. Учитель уже знает, что тебе может быть нужна поддержка.",
    "uk": "Дякую, що кажеш про це. Ти не сам на сам із цим. Поговори сьогодні з тим, кому довіряєш: з батьками, учителем, психологом, другом. Якщо є небезпека, дзвони зараз 112; в Україні також 116 111, безкоштовно. Учитель уже знає, що тобі може бути потрібна підтримка.",
    "ar": "شكرا لأنك أخبرتني. لست وحدك في هذا. تحدث اليوم مع شخص تثق به: أحد والديك أو معلم أو صديق. إذا كنت في خطر فاتصل الآن برقم الطوارئ في بلدك (112 في أوروبا). لقد أخبرت معلمك بأنك قد تحتاج إلى من تتحدث معه.",
    "hi": "यह बताने के लिए धन्यवाद। आप इसमें अकेले नहीं हैं। आज ही किसी भरोसेमंद व्यक्ति से बात करें: माता-पिता, शिक्षक या मित्र। ख़तरा हो तो अभी 112 पर फ़ोन करें; भारत में 14416 और 1098 भी, दिन-रात निःशुल्क। मैंने आपके शिक्षक को बताया है कि आपको किसी से बात करने की ज़रूरत हो सकती है।",
    "zh": "谢谢你告诉我。你不是一个人在面对。请今天就跟你信任的人谈谈：父母、老师、学校辅导员或朋友。如果有危险，请马上拨打当地的紧急电话（中国 110、120，心理援助 12356）。我已经让你的老师知道你可能需要有人陪你谈谈。",
    "ja": "話してくれてありがとう。あなたは一人ではありません。今日、信頼できる人（家族、先生、スクールカウンセラー、友だち）に話してください。危険なときは、すぐに110か119に電話してください。日本では 0120-279-338 が24時間無料です。先生には、話し相手が必要かもしれないと伝えました。",
    "ko": "말해 줘서 고마워요. 혼자가 아니에요. 오늘 믿을 수 있는 사람에게 이야기하세요: 부모님, 선생님, 상담 선생님, 친구. 위험하다면 지금 112나 119에 전화하세요. 한국에서는 109와 1388도 24시간 무료예요. 선생님께 이야기 상대가 필요할 수 있다고 알렸어요.",
}  # fmt: skip


def refuge(language: str) -> str:
    """Where help is, for who may be in danger; empty for a language that we do not know."""
    return _REFUGE.get(language, "")

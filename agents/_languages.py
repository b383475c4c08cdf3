"""Says, in the language a student wrote in, which language the tutor works in."""

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

"""Which language somebody writes, and the one sentence that they should read in it.

By script, or by the small words that every sentence of a language has. Good enough to choose that sentence; nothing
else depends on it.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

ENGLISH: Final = "en"

_SMALL_WORDS: Final = {
    "en": "the is are do does what how when where who can my i you of to and for with in on it a an if have please",
    "de": "der die das ist sind wie was wann wo wer kann ich mein meine und für mit nicht ein eine wir habe bitte im",
    "fr": "le la les est sont comment que quoi quand où qui puis je mon ma mes et pour avec pas un une nous ai des du",
    "es": "el los las es son cómo como qué cuándo dónde quién puedo mi mis y para con no un una tengo cuántos por del",
    "it": "il lo gli è sono come che cosa quando dove chi posso mio mia e per con non un una ho quanti di della ci",
    "pt": "o os as é são como que quando onde quem posso meu minha e para com não um uma tenho quantos do da dos",
    "nl": "de het is zijn hoe wat wanneer waar wie kan ik mijn en voor met niet een wij heb hoeveel van mag",
    "pl": "jest są jak co kiedy gdzie kto mogę mój moja i dla z nie czy mam ile na do się",
    "sv": "är hur vad när var vem kan jag min mitt och för med inte en ett vi har många på av det",
    "da": "er hvordan hvad hvornår hvor hvem kan jeg min mit og for med ikke en et vi har mange på af det",
    "tr": "ve bir bu ne nasıl nerede kim için ile değil mı mi kaç var yok benim ben",
}
_WORDS: Final = {language: frozenset(words.split()) for language, words in _SMALL_WORDS.items()}
_SCRIPTS: Final = {
    "CJK": "zh", "HIRAGANA": "ja", "KATAKANA": "ja", "HANGUL": "ko", "CYRILLIC": "ru", "ARABIC": "ar", "HEBREW": "he",
    "GREEK": "el", "DEVANAGARI": "hi", "THAI": "th",
}  # fmt: skip
_WORD: Final = re.compile(r"[^\W\d_]+")

HANDED_OVER: Final = {
    "de": "Ich verstehe nur Englisch sicher und habe Ihre Frage deshalb an einen Menschen weitergegeben.",
    "fr": "Je ne comprends bien que l'anglais ; j'ai donc transmis votre question à une personne.",
    "es": "Solo entiendo bien el inglés, así que he pasado su pregunta a una persona.",
    "it": "Capisco bene solo l'inglese, quindi ho passato la sua domanda a una persona.",
    "pt": "Só compreendo bem inglês, por isso passei a sua pergunta a uma pessoa.",
    "nl": "Ik begrijp alleen Engels goed en heb uw vraag daarom aan een mens doorgegeven.",
    "pl": "Dobrze rozumiem tylko angielski, więc pytanie przekazałem człowiekowi.",
    "sv": "Jag förstår bara engelska säkert, så jag har lämnat din fråga till en människa.",
    "da": "Jeg forstår kun engelsk sikkert, så jeg har givet dit spørgsmål videre til et menneske.",
    "tr": "Yalnızca İngilizceyi iyi anlıyorum; sorunuzu bir insana ilettim.",
    "ru": "Я уверенно понимаю только английский, поэтому передал ваш вопрос человеку.",
    "el": "Καταλαβαίνω καλά μόνο αγγλικά, γι' αυτό προώθησα την ερώτησή σας σε έναν άνθρωπο.",
    "zh": "我只能可靠地理解英语，因此已将您的问题转给工作人员。",
    "ja": "英語しか確実に理解できないため、ご質問を担当者に引き継ぎました。",
    "ko": "저는 영어만 확실히 이해할 수 있어 질문을 담당자에게 전달했습니다.",
    "ar": "أفهم الإنجليزية فقط بشكل جيد، لذلك حوّلت سؤالك إلى شخص.",
    "he": "אני מבין היטב רק אנגלית, לכן העברתי את שאלתך לאדם.",
    "hi": "मैं केवल अंग्रेज़ी ठीक से समझता हूँ, इसलिए आपका प्रश्न एक व्यक्ति को भेज दिया है।",
    "th": "ฉันเข้าใจภาษาอังกฤษได้ดีเท่านั้น จึงส่งคำถามของคุณให้เจ้าหน้าที่แล้ว",
}
"""I only understand English well, so I have passed your question to a person."""


def language_of(text: str, *, usual: str = "") -> str:
    """The language as BCP 47 has it; where nothing in the text speaks for any, the `usual` one, or else `en`."""
    letters = [letter for letter in text if letter.isalpha()]
    foreign = [script for letter in letters if (script := _script(letter))]
    if len(foreign) * 2 > len(letters):
        return max(set(foreign), key=lambda found: (found == "ja", foreign.count(found)))
    words = [word.casefold() for word in _WORD.findall(text)]
    counts = {language: sum(word in small for word in words) for language, small in _WORDS.items()}
    best = max(counts, key=lambda language: counts[language])
    # Two small words, and twice as many as English has: "in" and "die" are English too.
    if counts[best] >= 2 and counts[best] >= 2 * counts[ENGLISH]:
        return best
    return ENGLISH if counts[ENGLISH] else usual.partition("-")[0].lower() or ENGLISH


def _script(letter: str) -> str:
    if letter.isascii():
        return ""
    return _SCRIPTS.get(unicodedata.name(letter, "").partition(" ")[0].partition("-")[0], "")

"""Texts, parts and octets for the tests of SMS."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st

from gatewayd.sms.coding import GSM7
from gatewayd.sms.languages import NationalLanguage
from gatewayd.sms.segments import segment

#: One sentence for each language that the gateway's users write in, and what makes it hard.
SENTENCES = {
    "Catalan": "La col·lecció de l'àvia: pingüins, maçanes i xampú. Això és tot, adéu! 5 €",
    "Portuguese": "Atenção: manutenção às 3h, não há rede até à manhã. São 10 € {previsão}.",
    "Polish": "Zażółć gęślą jaźń – przerwa techniczna w Łodzi potrwa do środy.",
    "Spanish": "Avería en Córdoba: ¿está todo bien? ¡Sí, mañana! Ñandú, pingüino [URL] ~5 €",
    "Turkish": "Değişiklik bugün: İstanbul'da ışık şebekesi çalışıyor, ğüzel gün.",
    "Greek": "Η σύνδεση αποκαταστάθηκε στις 15:30. Ευχαριστούμε!",
    "Greek capitals": "Η ΣΥΝΔΕΣΗ ΑΠΟΚΑΤΑΣΤΑΘΗΚΕ ΣΤΙΣ 15:30 ΨΩ",
    "emoji": "Done 🎉 thanks 👍🏽 family 👨\u200d👩\u200d👧 flag 🇵🇱 heart ❤️",
    "English": "Hello, world! The ^quick^ {brown} fox [jumps] over the lazy dog | \\ ~ 100€\nBye @_$",
}

languages = st.lists(st.sampled_from(list(NationalLanguage)), max_size=3, unique=True).map(tuple)

#: Any text that can be sent: no lone surrogates.
any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=400)
gsm_text = st.text(st.sampled_from(sorted(GSM7.alphabet.characters)), max_size=800)
texts = st.one_of(any_text, gsm_text, st.text("aé€ğşçáω😀\u0301", max_size=500))

parts = st.builds(
    lambda text, tables, reference, wide: segment(
        text, languages=tables, concat_reference=reference, wide_reference=wide
    ).parts[0],
    texts,
    languages,
    st.integers(0, 255),
    st.booleans(),
)
numbers = st.from_regex(r"\+?[0-9]{1,20}", fullmatch=True)
validities = st.none() | st.timedeltas(timedelta(0), timedelta(weeks=70))

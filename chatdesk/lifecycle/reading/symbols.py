"""What every language shares: emoji, emoticons, their names in chat, and words at home anywhere."""

from __future__ import annotations

from chatdesk.lifecycle.reading.words import Kind, Language

EVERYWHERE = Language(
    name="any",
    thanks="""
        thanks, thank you, thx, ty, danke, merci, gracias, grazie, obrigado, obrigada, bedankt,
        dzięki
    """,
    good="ok, okay, okey, oki, k, super, top, cool, perfect, bravo, yes, wow",
    hello="hi, hello, hey, bye, ciao",
    small="ah, aha, oh, haha, hehe, lol, xd, ticket",
)
"""Words that people mix into any language."""

_EMOJI = {
    Kind.GOOD: "👍👌🙏✅✔☑🆗🎉🥳👏🙌💪🤝🫡💯🚀✨🌟⭐❤💙💚💛🧡💜🫶😀😃😄😁😊🙂☺😉😍🤩🥰🤗😎😇😌",
    Kind.TROUBLE: "👎❌😡😠🤬",
    Kind.UNSETTLED: "🤔🤨😐😕🤷🙄😬🤦⏳👀❓❗",
    Kind.BUT: "😢😭😞🙁☹😟😩😫😤💔",
}
_NAMED = {
    Kind.GOOD: """
        +1 thumbsup ok_hand pray white_check_mark heavy_check_mark ok tada clap raised_hands muscle
        100 rocket sparkles star heart smile smiley grinning grin slightly_smiling_face blush
        relaxed wink heart_eyes star_struck hugging_face sunglasses saluting_face partying_face
        ballot_box_with_check handshake
    """,
    Kind.TROUBLE: "-1 thumbsdown x rage angry",
    Kind.UNSETTLED: """
        thinking_face thinking neutral_face confused shrug face_with_rolling_eyes rolling_eyes
        grimacing face_palm facepalm eyes question exclamation
    """,
    Kind.BUT: "cry sob disappointed slightly_frowning_face frowning worried weary broken_heart",
}
_TYPED = {
    Kind.GOOD: "+1 ++ 100% 10/10 :) :-) =) ;) ;-) :D :-D =D (: <3 ^_^ \\o/",
    Kind.TROUBLE: "-1",
    Kind.UNSETTLED: ":/ :-/ :| :-|",
    Kind.BUT: ":( :-( =( :'(",
}

EMOJI = {emoji: kind for kind, all_of_them in _EMOJI.items() for emoji in all_of_them}
"""Emoji that say something; any other is decoration."""

NAMED = {name: kind for kind, names in _NAMED.items() for name in names.split()}
"""The names that chat platforms write emoji with, between colons."""

TYPED = {sign: kind for kind, signs in _TYPED.items() for sign in signs.split()}
"""Emoticons and figures of praise."""

"""What Discord takes at most; beyond these it refuses the whole message, form or command."""

COMPONENTS = 40
"""Components of one message in the v2 layout, those inside others included."""

TEXT = 4000
"""Characters of all texts of one message in the v2 layout together."""

PIECE = 3500
"""Characters of one text of ours, so that a title fits in beside it."""

BUTTONS_IN_ROW = 5
BUTTON_LABEL = 80
CUSTOM_ID = 100
SELECT_OPTIONS = 25
OPTION_LABEL = 100
OPTION_VALUE = 100
OPTION_DESCRIPTION = 100
PLACEHOLDER = 100
RADIOS = 10
CHECKBOXES = 10
MODAL_FIELDS = 5
MODAL_TITLE = 45
FIELD_LABEL = 45
FIELD_DESCRIPTION = 100
FIELD_TEXT = 4000
FILES_IN_FIELD = 10
NONCE = 25
FILE = 10 * 1024 * 1024
"""Bytes of a file, on a server that nobody has boosted."""

THREAD_NAME = 100
FORUM_TAGS = 20
TAGS_APPLIED = 5
TAG_NAME = 20
ACTIVE_THREADS = 1000
"""Threads of one guild that are not archived."""

COMMAND_NAME = 32
COMMAND_DESCRIPTION = 100
COMMAND_OPTIONS = 25
COMMAND_SIZE = 8000
"""Characters of all names, descriptions and values of one command together."""

COMPLETIONS = 25

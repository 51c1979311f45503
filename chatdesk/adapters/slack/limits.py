"""What Slack takes at most; beyond these it refuses the whole message or form."""

BLOCKS_IN_MESSAGE = 50
BLOCKS_IN_VIEW = 100
VIEW_BYTES = 250_000
"""Greatest size of a view as JSON."""

MESSAGE_SIZE = 10_000
"""Greatest size of a message's blocks as JSON, in characters.

Slack names no number, and refuses with `msg_blocks_too_long` somewhere above 11,000 characters.
"""

BLOCK_SIZE = 2500
"""What one block of many small things may take of that, so that a message is well filled."""

ELEMENTS_IN_RICH_TEXT = 50

TEXT = 3000
"""Characters of one text object, and of what is prefilled into one field."""

FALLBACK = 3900
"""Characters of the text beside the blocks: `chat.update` refuses above 4,000."""

HEADER = 150
BUTTON_LABEL = 75
BUTTON_VALUE = 2000
ELEMENTS_IN_ACTIONS = 25
MENU_OPTIONS = 100
OPTION_LABEL = 75
OPTION_VALUE = 150
OPTION_GROUPS = 100
PLACEHOLDER = 150
CHECKBOXES = 10
MODAL_TITLE = 24
MODAL_SUBMIT = 24
FIELD_LABEL = 2000
FILES_IN_FIELD = 10
ALT_TEXT = 1000
PRIVATE_METADATA = 3000

// Keeps what was typed: per person and conversation, across reloads, until it has arrived.

function read(name, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(name)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

function write(name, value) {
  try {
    if (value === null) localStorage.removeItem(name);
    else localStorage.setItem(name, JSON.stringify(value));
  } catch {
    // A full or forbidden store: the words still stand in the page.
  }
}

/** The draft of one composer: {text, files, key, sent} where `sent` is what `key` was used for. */
export class ComposerDraft {
  constructor(me, place, thread) {
    this.name = `chatdesk.draft.${me}.${place}.${thread}`;
  }

  load() {
    return { text: "", files: [], key: "", sent: "", ...read(this.name, {}) };
  }

  save(draft) {
    write(this.name, draft.text || draft.files.length ? draft : null);
  }
}

/** The form that is open, and what was typed into forms that were closed without sending. */
export class FormDrafts {
  constructor(me) {
    this.open = `chatdesk.form.${me}`;
    this.kept = `chatdesk.kept.${me}.`;
  }

  loadOpen() {
    return read(this.open, null);
  }

  saveOpen(state) {
    write(this.open, state);
  }

  loadKept(id) {
    return read(this.kept + subject(id), null);
  }

  saveKept(id, values) {
    write(this.kept + subject(id), values);
  }
}

/** A form's id without its version: the same question about the same ticket. */
function subject(id) {
  return id.split(":").slice(0, 2).join(":");
}

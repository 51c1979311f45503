// Follows the stream of changes and goes on where it broke off, so that nothing is missed.

const RETRY_MILLISECONDS = 1500;
const HIDDEN_MILLISECONDS = 60000; // browsers allow few connections: hidden pages give theirs back

export class Live {
  /** `on` has message, places, time, people, reset and connection(isLost). */
  constructor(address, on) {
    this.address = address;
    this.on = on;
    this.position = "";
    this.source = null;
    this.lost = 0;
    document.addEventListener("visibilitychange", () => this.seen());
  }

  start(position) {
    this.position = position;
    this.connect();
  }

  connect() {
    this.stop();
    const source = new EventSource(this.address({ after: this.position }));
    this.source = source;
    source.addEventListener("open", () => this.told(false));
    source.addEventListener("error", () => this.failed(source));
    for (const kind of ["message", "places", "time", "people"]) {
      source.addEventListener(kind, (event) => {
        this.position = event.lastEventId;
        this.on[kind](JSON.parse(event.data));
      });
    }
    source.addEventListener("reset", () => {
      this.stop();
      this.on.reset();
    });
  }

  stop() {
    this.source?.close();
    this.source = null;
    clearTimeout(this.again);
  }

  /** The browser tries again by itself, unless it was answered with an error. */
  failed(source) {
    this.told(true);
    if (source.readyState !== EventSource.CLOSED || source !== this.source) return;
    this.again = setTimeout(() => this.connect(), RETRY_MILLISECONDS);
  }

  told(isLost) {
    clearTimeout(this.lost);
    if (isLost) this.lost = setTimeout(() => this.on.connection(true), 800);
    else this.on.connection(false);
  }

  seen() {
    clearTimeout(this.hiding);
    if (document.hidden) this.hiding = setTimeout(() => this.stop(), HIDDEN_MILLISECONDS);
    else if (!this.source && this.position) this.connect();
  }
}

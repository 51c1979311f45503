// Times, sizes and counts in words, in the zone of the person who reads.

let zone = "UTC";

export function readIn(personsZone) {
  zone = personsZone;
}

function written(time, options) {
  return new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...options }).format(new Date(time));
}

/** For example 14:05. */
export function clockTime(time) {
  return written(time, { hour: "2-digit", minute: "2-digit" });
}

/** For example Monday 23 November; with the year, unless it is `now`'s. */
export function day(time, now) {
  const sameYear = written(time, { year: "numeric" }) === written(now, { year: "numeric" });
  const named = written(time, { weekday: "long", day: "numeric", month: "long", ...(sameYear ? {} : { year: "numeric" }) });
  if (dayKey(time) === dayKey(now)) return `Today, ${named}`;
  return named;
}

/** The same for all times of one day. */
export function dayKey(time) {
  return written(time, { year: "numeric", month: "2-digit", day: "2-digit" });
}

/** For example Mon 23 Nov, 14:05. */
export function moment(time) {
  return `${written(time, { weekday: "short", day: "numeric", month: "short" })}, ${clockTime(time)}`;
}

export function size(bytes) {
  if (bytes >= 1_000_000) return `${trim(bytes / 1_000_000)} MB`;
  if (bytes >= 1000) return `${trim(bytes / 1000)} kB`;
  return `${bytes} bytes`;
}

function trim(number) {
  return number.toFixed(1).replace(/\.0$/, "");
}

export function count(number, one, many) {
  return `${number} ${number === 1 ? one : many}`;
}

/** Two letters for a person's picture. */
export function initials(name) {
  const words = name.trim().split(/\s+/);
  return [words[0], words.length > 1 ? words[words.length - 1] : ""].map((word) => [...word][0] ?? "").join("").toUpperCase();
}

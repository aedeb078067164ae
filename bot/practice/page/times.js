// Every time a person sees is in that person's own zone.

const DAY = { weekday: "long", day: "numeric", month: "long" };

function format(ts, zone, options) {
  const shown = { timeZone: zone || undefined, ...options };
  try {
    return new Intl.DateTimeFormat("en-GB", shown).format(new Date(Number(ts) * 1000));
  } catch {
    return new Intl.DateTimeFormat("en-GB", { ...shown, timeZone: "UTC" }).format(new Date(Number(ts) * 1000));
  }
}

/** 14:05 */
export const clock = (ts, zone) => format(ts, zone, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

/** Today, Yesterday, or Friday 21 November (with the year when it is another one). */
export function day(ts, zone) {
  const now = Date.now() / 1000;
  const date = format(ts, zone, { dateStyle: "short" });
  if (date === format(now, zone, { dateStyle: "short" })) return "Today";
  if (date === format(now - 86400, zone, { dateStyle: "short" })) return "Yesterday";
  const sameYear = format(ts, zone, { year: "numeric" }) === format(now, zone, { year: "numeric" });
  return format(ts, zone, sameYear ? DAY : { ...DAY, year: "numeric" });
}

const TOKENS = {
  date_num: (ts, zone) => format(ts, zone, { dateStyle: "short" }).split("/").reverse().join("-"),
  date: (ts, zone) => format(ts, zone, { day: "numeric", month: "long", year: "numeric" }),
  date_short: (ts, zone) => format(ts, zone, { day: "numeric", month: "short", year: "numeric" }),
  date_long: (ts, zone) => format(ts, zone, { ...DAY, year: "numeric" }),
  time: clock,
  time_secs: (ts, zone) => format(ts, zone, { timeStyle: "medium", hourCycle: "h23" }),
};

function relative(token, ts, zone) {
  const word = day(ts, zone);
  return word === "Today" || word === "Yesterday" ? word.toLowerCase() : TOKENS[token](ts, zone);
}

/** The `<!date^ts^format|fallback>` of a message, in words. */
export function written(ts, pattern, fallback, zone) {
  if (!Number.isFinite(Number(ts))) return fallback;
  return pattern.replace(/\{(\w+)\}/g, (whole, token) => {
    if (token === "ago") return ago(ts);
    if (token.endsWith("_pretty")) return relative(token.slice(0, -7), ts, zone);
    return TOKENS[token]?.(ts, zone) ?? whole;
  });
}

function ago(ts) {
  const minutes = Math.round((Number(ts) - Date.now() / 1000) / 60);
  const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  if (Math.abs(minutes) < 60) return words.format(minutes, "minute");
  if (Math.abs(minutes) < 1440) return words.format(Math.round(minutes / 60), "hour");
  return words.format(Math.round(minutes / 1440), "day");
}

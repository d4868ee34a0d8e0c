// The chat's own words in one language, filled with the clinic's facts; dates and counts as the visitor writes them.
// @ts-check

/** @typedef {typeof import("./lang/en.js").words} Words */

/** @type {Record<string, string>} each is a file of lang/ */
export const LANGUAGES = { en: "English", es: "Español", pt: "Português", fr: "Français", de: "Deutsch", pl: "Polski", ar: "العربية" };

/** The language of ours that a wish ("es-MX") means. @param {string} wish */
export const spoken = (wish) => (Object.hasOwn(LANGUAGES, wish.slice(0, 2).toLowerCase()) ? wish.slice(0, 2).toLowerCase() : "en");

/** @param {string} language @returns {Promise<Words>} */
export const wordsOf = (language) => import(`./lang/${language}.js`).then(({ words }) => words);

/** Some browsers name a language "C" or "en-US@posix", with which nothing can be written. @param {string} one */
function isTag(one) {
  try {
    return Boolean(new Intl.Locale(one));
  } catch {
    return false;
  }
}

export class Speech {
  /** @param {string} language @param {Words} words @param {import("./client.js").Clinic} clinic */
  constructor(language, words, clinic) {
    this.language = language;
    this.words = words;
    this.clinic = clinic;
  }

  /** @param {string} text @param {Record<string, any>} [values] */
  fill(text, values = {}) {
    const { name, phone, emergency_number: number, retention_days, usual_wait, open_until, opens_at } = this.clinic;
    /** @type {Record<string, any>} */
    const known = {
      name, number,
      phone: `\u2066${phone}\u2069`,
      days: this.count(retention_days, "day"),
      wait: this.waitWords(usual_wait ?? ""),
      time: this.moment(open_until, { timeStyle: "short" }),
      opening: this.moment(opens_at, { weekday: "long", hour: "2-digit", minute: "2-digit" }),
      ...values,
    };
    // numbers do not break at the end of a line
    return text.replace(/\{(\w+)\}/g, (_, key) => String(known[key] ?? "").replace(/(\d) /g, "$1\u00a0"));
  }

  /** No person is here, and when there will be. */
  get nobody() {
    const { open, opens_at } = this.clinic;
    return this.fill(open || !opens_at ? this.words.personAway : this.words.personLater);
  }

  /** @param {number} value @param {string} unit */
  count(value, unit) {
    return new Intl.NumberFormat(this.language, { style: "unit", unit, unitDisplay: "long" }).format(value);
  }

  /** A moment as the clinic's clock shows it. @param {string|null|undefined} at @param {Intl.DateTimeFormatOptions} how */
  moment(at, how) {
    return at ? new Date(at).toLocaleString(this.locale, { ...how, timeZone: this.clinic.time_zone }) : "";
  }

  /** The clinic's own words, or their number in another language. @param {string} words */
  waitWords(words) {
    const found = this.language === "en" ? null : /(\d+) (minute|hour|day)/.exec(words);
    return found ? this.count(Number(found[1]), found[2]) : words;
  }

  /** The visitor's own way to write dates and times, in the language of the chat. */
  get locale() {
    return navigator.languages.find((one) => one.slice(0, 2).toLowerCase() === this.language && isTag(one)) ?? this.language;
  }
}

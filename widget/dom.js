// Makes elements. Text is always text: nothing here parses HTML.
// @ts-check

/**
 * @param {string} tag
 * @param {Record<string, any>} [properties] class, on… listeners, attributes
 * @param {...(Node|string|null|undefined|false)} children
 * @returns {HTMLElement}
 */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const LINK = /(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)])/g;
const PHONE = /(\+?\d[\d ()-]{6,18}\d)/g;
const BOLD = /\*\*([^*\n]+)\*\*/g;

/**
 * A text as nodes: line breaks, lists, **bold**, links, phone numbers. Nothing else.
 * @param {string} text
 * @param {string[]} numbers short numbers to make callable, such as 999
 */
export function prose(text, numbers = []) {
  const out = document.createDocumentFragment();
  for (const block of text.split(/\n{2,}/)) {
    const lines = block.split("\n");
    if (lines.length > 1 && lines.every((line) => /^[-•] /.test(line))) {
      out.append(make("ul", {}, ...lines.map((line) => make("li", {}, inline(line.slice(2), numbers)))));
      continue;
    }
    const paragraph = make("p");
    lines.forEach((line, i) => paragraph.append(...(i ? [make("br")] : []), inline(line, numbers)));
    out.append(paragraph);
  }
  return out;
}

/** @param {string} text @param {string[]} numbers */
function inline(text, numbers) {
  const out = document.createDocumentFragment();
  const urgent = numbers.length ? new RegExp(`\\b(${numbers.join("|")})\\b`, "g") : null;
  const link = (/** @type {string} */ part) =>
    make("a", { href: part, target: "_blank", rel: "noopener noreferrer" }, part);
  const call = (/** @type {string} */ part) => make("a", { href: `tel:${part.replace(/[^\d+]/g, "")}` }, part);
  /** @type {[RegExp|null, (part: string) => Node][]} */
  const rules = [
    [LINK, link],
    [PHONE, call],
    [urgent, call],
    [BOLD, (part) => make("strong", {}, part)],
  ];
  /** @param {string} rest @param {number} rule @returns {(Node|string)[]} */
  const split = (rest, rule) => {
    if (rule === rules.length) return [rest];
    const [pattern, build] = rules[rule];
    if (!pattern) return split(rest, rule + 1);
    return rest.split(pattern).flatMap((part, i) => (i % 2 ? [build(part)] : split(part, rule + 1)));
  };
  out.append(...split(text, 0));
  return out;
}

// Makes elements. Text is always text: nothing here parses HTML.
// @ts-check

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, any>} [properties] class, on… listeners, attributes
 * @param {...(Node|string|null|undefined|false)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) if (child) element.append(child);
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

/** A small line drawing. @param {string} d the path, on a square of 24 */
export function icon(d) {
  const drawing = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  drawing.setAttribute("viewBox", "0 0 24 24");
  drawing.setAttribute("aria-hidden", "true");
  path.setAttribute("d", d);
  drawing.append(path);
  return drawing;
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

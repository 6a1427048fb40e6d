// Elements. Whatever comes from the gateway becomes text or an attribute, never markup.

/**
 * An element.
 *
 * @param {string} name of the element; classes may follow after dots: `p.note.bad`
 * @param {Record<string, any>} attributes `on…` are listeners; false, null and undefined are left out
 * @param {...(Node | string | number | null | undefined | false | Array)} children
 * @returns {any} an HTMLElement
 */
export function el(name, attributes = {}, ...children) {
  const [tag, ...classes] = name.split('.');
  const node = document.createElement(tag);
  if (classes.length > 0) {
    node.className = classes.join(' ');
  }
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) {
      node.addEventListener(key.slice(2), value);
    } else if (value !== false && value !== null && value !== undefined) {
      node.setAttribute(key, value === true ? '' : String(value));
    }
  }
  node.append(...some(children));
  return node;
}

/** What there is to append. */
const some = children =>
  children
    .flat(Infinity)
    .filter(child => child !== null && child !== undefined && child !== false)
    .map(child => (child instanceof Node ? child : String(child)));

/** What regions show now. */
const shown = new WeakMap();

export function replace(node, ...children) {
  shown.delete(node);
  node.replaceChildren(...some(children));
}

/**
 * Shows a value in a region, and touches nothing while it is the same: focus and selection stay.
 *
 * @param {HTMLElement} region
 * @param {unknown} value all that the children depend on
 * @param {() => unknown} build makes the children
 */
export function show(region, value, build) {
  const now = JSON.stringify(value);
  if (shown.get(region) === now) {
    return;
  }
  const key = region.contains(document.activeElement) ? keyOf(document.activeElement) : null;
  replace(region, build());
  shown.set(region, now);
  if (key) {
    const focusable = /** @type {HTMLElement[]} */ ([...region.querySelectorAll('a, button, input, select')]);
    focusable.find(one => keyOf(one) === key)?.focus();
  }
}

const keyOf = node => node.getAttribute('href') ?? node.id ?? node.textContent;

/** Asks to be told of it by a screen reader. */
export function say(text) {
  document.getElementById('said').textContent = text;
}

/** A list of names and values. */
export const facts = rows =>
  el(
    'dl.facts',
    {},
    rows.filter(Boolean).map(([name, ...value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value))),
  );

export const badge = (text, tone) => el(`span.badge.${tone}`, {}, text);

/**
 * Parts of a whole as one bar, with what they are in words below.
 *
 * @param {{name: string, count: number, tone: string}[]} parts
 * @param {string} label for who does not see it
 */
export function bar(parts, label) {
  const track = el('div.track', { role: 'img', 'aria-label': label });
  for (const { count, tone } of parts.filter(part => part.count > 0)) {
    const piece = el(`span.piece.${tone}`);
    piece.style.flexGrow = String(count);
    track.append(piece);
  }
  return track;
}

/** The parts with their colours and counts. */
export const legend = (parts, write) =>
  el(
    'ul.legend',
    {},
    parts.map(({ name, count, tone }) =>
      el('li', {}, el(`i.${tone}`), `${name} `, el('b', {}, write(count))),
    ),
  );

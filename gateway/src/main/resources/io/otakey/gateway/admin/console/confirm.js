// Asks before something that cannot be taken back.
import { el, replace } from './dom.js';

const dialog = /** @type {HTMLDialogElement} */ (document.getElementById('dialog'));

/** Answers no to the question that is open, if one is. */
let dismiss = () => {};

// Told at the browser's next frame: by then another question may be open, which this is not about.
dialog.addEventListener('close', () => dialog.open || dismiss());

/**
 * Whether the operator wants it. Escape, the first button and another question mean no.
 *
 * @param {{title: string, text: string, yes: string, danger: boolean}} question
 * @returns {Promise<boolean>}
 */
export function confirmed({ title, text, yes, danger }) {
  dismiss();
  return new Promise(resolve => {
    dismiss = () => resolve(false);
    const agree = () => {
      resolve(true);
      dialog.close();
    };
    replace(
      dialog,
      el('h2', { id: 'dialog-title' }, title),
      el('p', {}, text),
      el(
        'div.row',
        {},
        el('button', { type: 'button', onclick: () => dialog.close() }, 'Cancel'),
        el(`button.${danger ? 'danger' : 'primary'}`, { type: 'button', onclick: agree }, yes),
      ),
    );
    dialog.showModal();
  });
}

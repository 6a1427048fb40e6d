// Asks before something that cannot be taken back.
import { el, replace } from './dom.js';

const dialog = /** @type {HTMLDialogElement} */ (document.getElementById('dialog'));

/**
 * Whether the operator wants it. Escape and the first button mean no.
 *
 * @param {{title: string, text: string, yes: string, danger: boolean}} question
 * @returns {Promise<boolean>}
 */
export function confirmed({ title, text, yes, danger }) {
  replace(
    dialog,
    el('h2', { id: 'dialog-title' }, title),
    el('p', {}, text),
    el(
      'div.row',
      {},
      el('button', { type: 'button', onclick: () => dialog.close('no') }, 'Cancel'),
      el(
        `button.${danger ? 'danger' : 'primary'}`,
        { type: 'button', onclick: () => dialog.close('yes') },
        yes,
      ),
    ),
  );
  dialog.returnValue = 'no';
  dialog.showModal();
  return new Promise(resolve => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true });
  });
}

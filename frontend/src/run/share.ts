/** Sharing what is seen: its address, copied. */

import type { Tank } from './tank.svelte';

/** Copy the address of what is seen. The present moves on, so its step is named. */
export async function share(tank: Tank): Promise<void> {
  const { cursor, shownStep, notices } = tank;
  const address = location.origin + cursor.url({ step: shownStep });
  const done = await copy(address);
  notices.say(done ? 'share.copied' : 'share.by_hand', { address });
}

/** Copy a text; over plain HTTP in a network, browsers have nothing but the old command for it. */
export async function copy(text: string): Promise<boolean> {
  if (isSecureContext) {
    return navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
  }
  const field = document.createElement('textarea');
  field.value = text;
  field.className = 'spoken';
  document.body.append(field);
  field.select();
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- the only way outside of secure contexts
  const done = document.execCommand('copy');
  field.remove();
  return done;
}

/** What people read changes at most four times a second, whatever the pictures do. */

const READABLE = 250;

export interface Paced<T> {
  readonly value: T;
}

/** Follow a value that changes often, seldom enough to be read; call it while a component is set up. */
export function paced<T>(read: () => T, pause = READABLE): Paced<T> {
  let value = $state.raw(read());
  let last = performance.now();
  let timer: ReturnType<typeof setTimeout> | undefined;
  $effect(() => {
    const next = read();
    clearTimeout(timer);
    timer = setTimeout(
      () => {
        value = next;
        last = performance.now();
      },
      Math.max(0, last + pause - performance.now()),
    );
  });
  $effect(() => () => {
    clearTimeout(timer);
  });
  return {
    get value() {
      return value;
    },
  };
}

/** Giving a person a file that the page has made or fetched. */

/** How long an address of a file stays good, in milliseconds: the browser has begun to read it by then. */
const STAYS = 60_000;

/** Let the browser keep a file. */
export function keep(content: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => {
    URL.revokeObjectURL(link.href);
  }, STAYS);
}

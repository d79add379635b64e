/** The browser's side of the socket: where it is, and which build of the page speaks. */

import type { Socket } from './line';

/** Open the page's one socket. */
export function openSocket(): Socket {
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
  return new WebSocket(`${scheme}://${location.host}/api/v1/live`) as unknown as Socket;
}

/** Name this build by its entry script, as the server does; empty while developing. */
export function pageBuild(): string {
  const scripts = document.querySelectorAll<HTMLScriptElement>('script[src]');
  for (const script of scripts) {
    const name = /\/assets\/([\w.-]+)\.js$/.exec(script.src)?.[1];
    if (name) return name;
  }
  return '';
}

/** A server of another version has another page; if loading anew does not help, stay. */
export function reloadOnce(): void {
  const key = 'neurarium.reloaded';
  const last = Number(sessionStorage.getItem(key) ?? 0);
  if (Date.now() - last < 30_000) return;
  sessionStorage.setItem(key, String(Date.now()));
  location.reload();
}

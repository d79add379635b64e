/** What each key does. The sheet of keys, the palette and the page read the same table. */

import { addressAt, choose, gridOf } from '../../graph/choice';
import type { Way } from '../../graph/choice';
import { cellBeside } from '../../graph/marks';
import { splitNode } from '../../graph/cursor';
import { unitsOf } from '../../graph/stages';
import { addBehind, aside, shift, take, twin } from '../editor/actions';
import { applyDraft, discardDraft } from '../editor/draft';
import type { Link } from '../../graph/link';
import type { Heading, Stride } from '../../graph/walk';
import type { ZoneName } from '../../run/folds.svelte';
import { comparing } from '../../run/compared';
import { ZONES } from '../../run/folds.svelte';
import type { Tank } from '../../run/tank.svelte';

export interface Binding {
  /** Name of what it does: `keys.do.play`. */
  name: string;
  /** As KeyboardEvent.key says it, with `Shift+` or `Mod+` in front. */
  key: string;
  /** As people read it. */
  shown: string;
  run: (tank: Tank) => void;
  /** Whether it does anything now; without, it always does. */
  when?: (tank: Tank) => boolean;
}

const bind = (name: string, key: string, shown: string, run: (tank: Tank) => void): Binding => ({
  name,
  key,
  shown,
  run,
});

/** A key that does something to the chosen part of the network, while that is edited. */
const part = (
  name: string,
  key: string,
  shown: string,
  run: (tank: Tank, path: string) => void,
): Binding => ({
  ...bind(name, key, shown, (tank) => {
    if (tank.draft.node !== null) run(tank, tank.draft.node);
  }),
  when: (tank) => tank.editing && tank.draft.node !== null,
});

/** A key of the editor, which means something while the network is edited. */
const edit = (...binding: Parameters<typeof bind>): Binding => ({
  ...bind(...binding),
  when: (tank) => tank.editing,
});

/** A key that steps through operations, while the graph is open. */
const stride = (name: string, key: string, shown: string, size: Stride, way: Heading): Binding => ({
  ...bind(name, key, shown, (tank) => {
    tank.stepping.stride(size, way);
  }),
  when: (tank) => tank.backprop.isOpen,
});

/** A key that does something at the chosen link of a small network's graph. */
const link = (
  name: string,
  key: string,
  shown: string,
  run: (tank: Tank, link: Link) => void,
): Binding => ({
  ...bind(name, key, shown, (tank) => {
    const { link: chosen } = tank.stepping;
    if (chosen) run(tank, chosen);
  }),
  when: (tank) => tank.backprop.isOpen && tank.stepping.link !== null,
});

export const KEYMAP: readonly Binding[] = [
  bind('play', ' ', 'Space', (tank) => {
    tank.steering.toggle();
  }),
  bind('previous_snapshot', 'ArrowLeft', '←', (tank) => {
    toSnapshot(tank, -1);
  }),
  bind('next_snapshot', 'ArrowRight', '→', (tank) => {
    toSnapshot(tank, 1);
  }),
  bind('step_back', 'Shift+ArrowLeft', '⇧ ←', (tank) => {
    tank.steering.step(-1);
  }),
  bind('step_on', 'Shift+ArrowRight', '⇧ →', (tank) => {
    tank.steering.step(1);
  }),
  bind('first', 'Home', 'Home', (tank) => {
    tank.steering.go(0);
  }),
  bind('live', 'End', 'End', (tank) => {
    tank.steering.go('live');
  }),
  bind('fork', 'f', 'F', (tank) => void tank.steering.fork()),
  bind('compare', 'c', 'C', (tank) => {
    location.assign(comparing(tank));
  }),
  bind('gradients', 'v', 'V', (tank) => {
    tank.cursor.set({ show: tank.cursor.show === 'values' ? 'gradients' : 'values' });
  }),
  bind('graph', 'g', 'G', (tank) => {
    tank.cursor.set({ layout: tank.cursor.layout === 'graph' ? 'spine' : 'graph' });
  }),
  stride('operation_on', '.', '.', 'operation', 1),
  stride('operation_back', ',', ',', 'operation', -1),
  stride('layer_on', 'Shift+.', '⇧ .', 'layer', 1),
  stride('layer_back', 'Shift+,', '⇧ ,', 'layer', -1),
  stride('pass_on', 'Alt+.', 'Alt .', 'pass', 1),
  stride('pass_back', 'Alt+,', 'Alt ,', 'pass', -1),
  link('breakpoint', 'b', 'B', (tank, { to }) => {
    tank.stepping.toggleBreakpoint(to.id);
  }),
  link('scissors', 'x', 'X', (tank, { edge }) => {
    if (edge.tamper) tank.tampers.toggle(edge.tamper);
  }),
  bind('layer_left', 'h', 'H', (tank) => {
    walk(tank, -1, 0);
  }),
  bind('unit_down', 'j', 'J', (tank) => {
    walk(tank, 0, 1);
  }),
  bind('unit_up', 'k', 'K', (tank) => {
    walk(tank, 0, -1);
  }),
  bind('layer_right', 'l', 'L', (tank) => {
    walk(tank, 1, 0);
  }),
  bind('cell_up', 'Shift+ArrowUp', '⇧ ↑', (tank) => {
    toCell(tank, 'up');
  }),
  bind('cell_down', 'Shift+ArrowDown', '⇧ ↓', (tank) => {
    toCell(tank, 'down');
  }),
  bind('previous_example', '[', '[', (tank) => {
    toExample(tank, -1);
  }),
  bind('next_example', ']', ']', (tank) => {
    toExample(tank, 1);
  }),
  bind('edit', 'e', 'E', (tank) => {
    tank.cursor.set({ edit: !tank.cursor.edit });
  }),
  edit('undo', 'u', 'U', undo),
  edit('undo', 'Mod+z', '⌘/Ctrl Z', undo),
  edit('redo', 'y', 'Y', redo),
  edit('redo', 'Mod+Shift+z', '⌘/Ctrl ⇧ Z', redo),
  edit('apply', 'Enter', 'Enter', (tank) => void applyDraft(tank)),
  edit('discard', 'Escape', 'Esc', discardDraft),
  part('move_up', 'Alt+ArrowUp', 'Alt ↑', (tank, path) => {
    shift(tank, path, 'up');
  }),
  part('move_down', 'Alt+ArrowDown', 'Alt ↓', (tank, path) => {
    shift(tank, path, 'down');
  }),
  part('add_behind', 'a', 'A', addBehind),
  part('duplicate', 'w', 'W', twin),
  part('bypass', 'b', 'B', aside),
  part('remove', 'Delete', 'Del', take),
  bind('present', 'p', 'P', (tank) => {
    tank.cursor.set({ present: !tank.cursor.present });
  }),
  bind('theme', 'd', 'D', (tank) => {
    tank.preferences.set({ theme: tank.theme === 'dark' ? 'light' : 'dark' });
    tank.cursor.set({ theme: null }, { push: false });
  }),
  bind('palette', 'Mod+k', '⌘/Ctrl K', (tank) => {
    tank.sheets.toggle('palette');
  }),
  bind('keys', '?', '?', (tank) => {
    tank.sheets.toggle('keys');
  }),
  ...ZONES.map((zone: ZoneName, i) =>
    bind(`fold_${zone}`, String(i + 1), String(i + 1), (tank) => {
      tank.folds.toggle(zone);
    }),
  ),
];

/** The binding of a key that was pressed; single characters only where the person wants them to be keys. */
export function bindingOf(event: KeyboardEvent, tank: Tank): Binding | null {
  const key = nameOf(event);
  const isSingle = /^(Shift\+)?[^ ]$/.test(key);
  if (isSingle && !tank.preferences.keys) return null;
  return KEYMAP.find((binding) => binding.key === key && binding.when?.(tank) !== false) ?? null;
}

/** Keys that are known by their place: with Shift or Alt they write other signs, on each keyboard its own. */
const PLACES: Readonly<Record<string, string>> = { Period: '.', Comma: ',' };

/** A key as the table writes it. */
function nameOf(event: KeyboardEvent): string {
  const { key, shiftKey } = event;
  const mod = event.metaKey || event.ctrlKey ? 'Mod+' : '';
  const head = (event.altKey ? 'Alt+' : '') + mod;
  const place = placeOf(event);
  if (place) return head + (shiftKey ? 'Shift+' : '') + place;
  const isCharacter = key.length === 1;
  const shift = shiftKey && (mod || !isCharacter) ? 'Shift+' : '';
  return head + shift + (isCharacter ? key.toLowerCase() : key);
}

/** The sign of a key that is known by its place, where Shift or Alt changes what it writes. */
function placeOf({ key, code, shiftKey, altKey }: KeyboardEvent): string | undefined {
  const isChanged = (shiftKey || altKey) && !/\p{L}/u.test(key);
  return isChanged ? PLACES[code] : undefined;
}

function undo(tank: Tank): void {
  tank.draft.undo();
}

function redo(tank: Tank): void {
  tank.draft.redo();
}

function toSnapshot(tank: Tank, direction: 1 | -1): void {
  const { snapshots, shownStep, head } = tank;
  const known = [...snapshots, head];
  const to =
    direction > 0
      ? known.find((step) => step > shownStep)
      : known.findLast((step) => step < shownStep);
  if (to !== undefined) tank.steering.go(to >= head ? 'live' : to, { push: false });
}

function toExample(tank: Tank, direction: 1 | -1): void {
  const { examples } = tank.sheets;
  if (!examples.length) return;
  const at = examples.indexOf(tank.example ?? -1);
  const next = examples[(at + direction + examples.length) % examples.length];
  if (next !== undefined) tank.cursor.set({ example: next });
}

/** Within the chosen map; sideways where the map itself has the focus, as elsewhere these keys are steps. */
function toCell(tank: Tank, way: Way): void {
  const chosen = choose(tank.stages, tank.cursor.node);
  const grid = chosen && gridOf(chosen.stage.output);
  if (!chosen?.cell || !grid) return;
  const cell = cellBeside(chosen.cell, way, grid);
  tank.cursor.set({ node: addressAt(chosen.stage, chosen.unit, cell) });
}

/** Walk through the network: between stages, and among the units of one. */
function walk(tank: Tank, across: number, down: number): void {
  const { stages } = tank;
  const now = splitNode(
    tank.cursor.node ?? '',
    stages.map((stage) => stage.path),
  );
  const at = Math.max(
    0,
    stages.findIndex((stage) => stage.path === now?.path),
  );
  const stage = stages[Math.min(stages.length - 1, Math.max(0, at + across))];
  if (!stage) return;
  const units = unitsOf(stage.output);
  const unit = Math.min(units - 1, Math.max(0, (now?.unit ?? 0) + down));
  tank.cursor.set({ node: addressAt(stage, unit, across ? null : (now?.cell ?? null)) });
}

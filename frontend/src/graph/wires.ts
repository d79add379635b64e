/** Wires between portraits: their courses, and how strong they are drawn. */

/** A place in the spine, in pixels. */
export interface Spot {
  x: number;
  y: number;
}

/** From the right edge of one portrait to the left edge of the next, level at both ends. */
export function wirePath(from: Spot, to: Spot): string {
  const middle = (from.x + to.x) / 2;
  return `M${px(from.x)} ${px(from.y)}C${px(middle)} ${px(from.y)} ${px(middle)} ${px(to.y)} ${px(to.x)} ${px(to.y)}`;
}

/** Over what stands between: up (or down) to `level`, along, and back. */
export function detourPath(from: Spot, to: Spot, level: number): string {
  const turn = Math.min(48, Math.abs(to.x - from.x) / 4);
  const [left, right] = [from.x + turn, to.x - turn];
  return (
    `M${px(from.x)} ${px(from.y)}C${px(left)} ${px(from.y)} ${px(from.x)} ${px(level)} ${px(left)} ${px(level)}` +
    `L${px(right)} ${px(level)}C${px(to.x)} ${px(level)} ${px(right)} ${px(to.y)} ${px(to.x)} ${px(to.y)}`
  );
}

/** A filled band from a stretch of one edge to a stretch of another: everything here reads everything there. */
export function bandPath(from: Spot & { height: number }, to: Spot & { height: number }): string {
  const middle = px((from.x + to.x) / 2);
  const [a, b] = [from.y - from.height / 2, from.y + from.height / 2];
  const [c, d] = [to.y - to.height / 2, to.y + to.height / 2];
  return (
    `M${px(from.x)} ${px(a)}C${middle} ${px(a)} ${middle} ${px(c)} ${px(to.x)} ${px(c)}` +
    `L${px(to.x)} ${px(d)}C${middle} ${px(d)} ${middle} ${px(b)} ${px(from.x)} ${px(b)}Z`
  );
}

/** The place on a wire at a share of its way. */
export function wireAt(from: Spot, to: Spot, share: number): Spot {
  const middle = (from.x + to.x) / 2;
  const rest = 1 - share;
  const ends = [rest ** 3, 3 * rest ** 2 * share, 3 * rest * share ** 2, share ** 3];
  const along = (places: number[]): number =>
    places.reduce((sum, at, i) => sum + at * (ends[i] ?? 0), 0);
  return { x: along([from.x, middle, middle, to.x]), y: along([from.y, from.y, to.y, to.y]) };
}

/** A short bar across a wire, at a share of its way. */
export function barAcross(from: Spot, to: Spot, share: number): string {
  const [a, b] = [wireAt(from, to, share - 0.01), wireAt(from, to, share + 0.01)];
  const length = Math.hypot(b.x - a.x, b.y - a.y) || 1;
  const [x, y] = [(a.x + b.x) / 2, (a.y + b.y) / 2];
  const [u, v] = [((a.y - b.y) / length) * HALF_BAR, ((b.x - a.x) / length) * HALF_BAR];
  return `M${px(x - u)} ${px(y - v)}L${px(x + u)} ${px(y + v)}`;
}

const HALF_BAR = 6;

/** A resting wire: as thick as its weight is great beside the others. */
export function restingWidth(value: number, greatest: number): number {
  return 0.6 + 2.6 * share(value, greatest);
}

/** A wire that is looked at: thick and full by what it carries beside the others. */
export function speakingWidth(value: number, greatest: number): number {
  return 1.2 + 4.2 * share(value, greatest);
}

export function speakingOpacity(value: number, greatest: number): number {
  return 0.4 + 0.6 * share(value, greatest);
}

function share(value: number, greatest: number): number {
  const part = Math.abs(value) / (Math.abs(greatest) || 1);
  return Number.isFinite(part) ? Math.min(1, part) : 1;
}

function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** Functions of one number as curves to be drawn. Only drawn: all numbers come from the server. */

type Curve = (x: number) => number;
type Constants = Readonly<Record<string, number>>;

const logistic: Curve = (x) => 0.5 * (1 + Math.tanh(x / 2));
const softplus: Curve = (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const gelu: Curve = (x) =>
  0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));

/** By the name that the document has for the function; `t`: the target beside it. */
const CURVES: Readonly<Record<string, (constants: Constants, t: number) => Curve>> = {
  tanh: () => Math.tanh,
  relu: () => (x) => Math.max(0, x),
  leaky_relu:
    ({ negative_slope: low = 0 }) =>
    (x) =>
      x > 0 ? x : low * x,
  sigmoid: () => logistic,
  silu: () => (x) => x * logistic(x),
  gelu: () => gelu,
  gelu_tanh: () => gelu,
  elu:
    ({ alpha = 1 }) =>
    (x) =>
      x > 0 ? x : alpha * Math.expm1(x),
  scaled_tanh: () => (x) => 1.7159 * Math.tanh((2 / 3) * x),
  half_square: (_, t) => (x) => 0.5 * (x - t) ** 2,
  logistic_loss: () => (x) => softplus(-x),
  hinge: () => (x) => Math.max(0, 1 - x),
  mistake: () => (x) => Math.max(0, -x),
};
/** A curve that misses the true number by more than this is another function's. */
const NEAR = 2e-3;
const POINTS = 80;

/** A picture's part of the plane, and what is drawn in it. */
export interface Plot {
  left: number;
  right: number;
  low: number;
  high: number;
  /** Points of the curve; empty: only its tangent is known. */
  curve: { x: number; y: number }[];
  tangent: [from: { x: number; y: number }, to: { x: number; y: number }];
}

/** What is known of a function at one of its inputs. */
export interface Known {
  op: string;
  constants: Constants;
  /** The target beside it, where there is one. */
  target: number;
  x: number;
  y: number;
  slope: number;
}

/** Lay out a function around a point of it: the curve where it is known, the tangent in any case. */
export function plotOf({ op, constants, target, x, y, slope }: Known): Plot {
  const straight = LINEAR.has(op);
  const found = straight
    ? (at: number): number => y + slope * (at - x)
    : CURVES[op]?.(constants, target);
  const fits = found !== undefined && Math.abs(found(x) - y) <= NEAR * Math.max(1, Math.abs(y));
  const reach = Math.max(straight ? 1.2 : 2.6, Math.abs(x) * 1.3);
  const at = (share: number): number => -reach + 2 * reach * share;
  const curve = fits
    ? Array.from({ length: POINTS + 1 }, (_, i) => ({
        x: at(i / POINTS),
        y: found(at(i / POINTS)),
      }))
    : [];
  const half = reach * 0.5;
  const heights = [...curve.map((point) => point.y), y, 0];
  const [low, high] = [Math.min(...heights), Math.max(...heights)];
  const margin = 0.1 * (high - low || 1);
  return {
    left: -reach,
    right: reach,
    low: low - margin,
    high: high + margin,
    curve,
    tangent: [
      { x: x - half, y: y - slope * half },
      { x: x + half, y: y + slope * half },
    ],
  };
}

/** Functions that are straight in each of their inputs. */
const LINEAR = new Set(['mul', 'add', 'neg', 'margin']);

/** Functions of one number as pictures. The curves are the server's: here they only get a frame, and a tangent. */

import type { Drawn } from '../wire/capture';
import type { Spot } from './arrange';

/** A picture's part of the plane, and what is drawn in it. */
export interface Plot {
  left: number;
  right: number;
  low: number;
  high: number;
  /** Points of the curve; empty: only its tangent is known. */
  curve: Spot[];
  tangent: [from: Spot, to: Spot];
}

/** What is known of a function at one of its inputs. */
export interface Known {
  op: string;
  constants: Readonly<Record<string, number>>;
  /** The target beside it, where there is one. */
  target: number;
  x: number;
  y: number;
  slope: number;
}

/** Functions that are straight in each of their inputs: their curve is their tangent. */
const STRAIGHT = new Set(['mul', 'add', 'neg', 'margin']);

/** Lay out a function around a point of it: the curve where it is told, the tangent in any case. */
export function plotOf(known: Known, curves: readonly Drawn[]): Plot {
  const { op, x, y, slope } = known;
  const isStraight = STRAIGHT.has(op);
  const reach = Math.max(isStraight ? 1.2 : 2.6, Math.abs(x) * 1.3);
  const on = (at: number): Spot => ({ x: at, y: y + slope * (at - x) });
  const curve = isStraight ? [on(-reach), on(reach)] : within(curveOf(known, curves), reach);
  const heights = [...curve.map((point) => point.y), y, 0];
  const [low, high] = [Math.min(...heights), Math.max(...heights)];
  const margin = 0.1 * (high - low || 1);
  return {
    left: -reach,
    right: reach,
    low: low - margin,
    high: high + margin,
    curve,
    tangent: [on(x - reach / 2), on(x + reach / 2)],
  };
}

/** All points that the server tells of a function. */
function curveOf({ op, constants, target }: Known, curves: readonly Drawn[]): Spot[] {
  const told = curves.find((each) => each.op === op && isSame(each.constants, constants));
  const shift = told?.from_target ? target : 0;
  return told?.x.map((at, i) => ({ x: at + shift, y: told.y[i] ?? NaN })) ?? [];
}

/** The points in a frame, and one more on either side, so that the curve leaves it. */
function within(points: readonly Spot[], reach: number): Spot[] {
  const inside = (place: number): boolean => Math.abs(points[place]?.x ?? Infinity) <= reach;
  return points.filter((_, i) => inside(i) || inside(i - 1) || inside(i + 1));
}

function isSame(some: Known['constants'], others: Known['constants']): boolean {
  const names = Object.keys(some);
  return (
    names.length === Object.keys(others).length &&
    names.every((name) => some[name] === others[name])
  );
}

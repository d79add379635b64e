/** Numbers for people: four significant digits, a true minus, powers of ten as powers of ten. */

const MINUS = '−';
const THIN = '\u2009';
const RAISED: Record<string, string> = {
  '-': '⁻', '0': '⁰', '1': '¹', '2': '²', '3': '³', '4': '⁴', '5': '⁵', '6': '⁶', '7': '⁷', '8': '⁸', '9': '⁹',
}; // prettier-ignore

const COUNT = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** Four significant digits: `0.09290`, `4.210`, `−0.4489`; below a thousandth `9.561·10⁻⁴`. */
export function four(x: number): string {
  return withSign(x, significant(Math.abs(x), 4));
}

/** As `four`, with the sign always printed. */
export function signed(x: number): string {
  return (x > 0 ? '+' : '') + four(x);
}

/** Four fixed decimals with sign, for numbers that are seen to add up. */
export function addend(x: number): string {
  if (!Number.isFinite(x)) return signed(x);
  const text = Math.abs(x).toFixed(4);
  const zero = Number(text) === 0;
  return (zero ? '' : x < 0 ? MINUS : '+') + text;
}

/** Two significant digits as a power of ten: `1.1·10⁻³`. For logarithmic tracks. */
export function sci2(x: number): string {
  if (x === 0 || !Number.isFinite(x)) return withSign(x, x === 0 ? '0' : '∞');
  const [mantissa = '', exponent = ''] = Math.abs(x).toExponential(1).split('e');
  return withSign(x, power(mantissa, Number(exponent)));
}

/** A count, exact up to ten million, then `61.0 M`. */
export function count(n: number): string {
  const size = Math.abs(n);
  if (!Number.isFinite(n)) return four(n);
  if (size <= 1e7) return withSign(n, COUNT.format(size));
  const [scale, letter] = size < 1e9 ? [1e6, 'M'] : size < 1e12 ? [1e9, 'G'] : [1e12, 'T'];
  return withSign(n, `${(size / scale).toPrecision(3)}${THIN}${letter}`);
}

/** A count with every digit. */
export function exact(n: number): string {
  return withSign(n, COUNT.format(Math.abs(n)));
}

/** A probability with four decimals; what is under 0.0005 is left blank. */
export function probability(p: number): string {
  return p < 0.0005 ? '' : p.toFixed(4);
}

/** A share as percent: `97.38 %`; `digits` 1 in sentences. */
export function percent(share: number, digits = 2): string {
  if (!Number.isFinite(share)) return four(share);
  const size = Math.abs(share) * 100;
  const text = size < 1000 ? size.toFixed(digits) : COUNT.format(Math.round(size));
  return `${withSign(share, text)}${THIN}%`;
}

/** A number with its unit: `380 steps/s`. */
export function withUnit(number: string, unit: string): string {
  return `${number}${THIN}${unit}`;
}

/** As short as a setting is written: `0.03`, `10⁻⁴`, `1,000`, never with idle zeros. */
export function setting(x: number): string {
  const size = Math.abs(x);
  if (!Number.isFinite(x)) return four(x);
  if (Number.isInteger(x) && size < 1e7) return withSign(x, COUNT.format(size));
  if (size >= 1e-3 && size < 1e7) return withSign(x, String(Number(size.toPrecision(4))));
  const [mantissa = '', exponent = ''] = size.toExponential(3).split('e');
  const short = String(Number(mantissa));
  return withSign(x, short === '1' ? raised(Number(exponent)) : power(short, Number(exponent)));
}

/** Read what a person typed for a number: `0.1`, `1e-3`, `10⁻⁴`, `2·10^-3`, with `−` and `,`; null if it is none. */
export function readNumber(text: string): number | null {
  const plain = text
    .trim()
    .replace(/[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+/g, (run) => `^${Array.from(run, lowered).join('')}`)
    .replaceAll(MINUS, '-')
    .replace(/[\s,_]/g, '')
    .replace(/[·×*]10\^?/, 'e')
    .replace(/^(-?)10\^/, '$11e');
  if (!/^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain)) return null;
  const value = Number(plain);
  return Number.isFinite(value) ? value : null;
}

function lowered(digit: string): string {
  return Object.keys(RAISED).find((key) => RAISED[key] === digit) ?? '';
}

function significant(size: number, digits: number): string {
  if (Number.isNaN(size)) return 'undefined';
  if (size === Infinity) return '∞';
  if (size === 0) return `0.${'0'.repeat(digits - 1)}`;
  const [mantissa = '', text = ''] = size.toExponential(digits - 1).split('e');
  const exponent = Number(text);
  if (exponent < -3) return power(mantissa, exponent);
  if (exponent >= digits)
    return exponent < 7
      ? COUNT.format(Number(size.toPrecision(digits)))
      : power(mantissa, exponent);
  return Number(size.toPrecision(digits)).toFixed(Math.max(0, digits - 1 - exponent));
}

function power(mantissa: string, exponent: number): string {
  return exponent === 0 ? mantissa : `${mantissa}·${raised(exponent)}`;
}

function raised(exponent: number): string {
  return `10${Array.from(String(exponent), (digit) => RAISED[digit] ?? digit).join('')}`;
}

function withSign(x: number, text: string): string {
  return x < 0 ? MINUS + text : text;
}

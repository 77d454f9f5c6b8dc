// A small line of the last values, without axes: the number beside it says what it is.

/**
 * The path of values from left to right, the newest at the right edge. `room`: how many values fit.
 * `top`: what the upper edge stands for; at least the largest value.
 */
export function sparkline(values: number[], width: number, height: number, room: number, top = 0): string {
  if (values.length < 2) return "";
  const most = Math.max(top, ...values) || 1;
  const step = width / (room - 1);
  const first = width - (values.length - 1) * step;
  return values
    .map((value, i) => {
      const x = (first + i * step).toFixed(1);
      // Half a stroke stays inside at both edges.
      const y = (height - 1 - (value / most) * (height - 2)).toFixed(1);
      return `${i === 0 ? "M" : "L"}${x} ${y}`;
    })
    .join("");
}

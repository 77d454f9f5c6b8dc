// Finding by a few letters: every word of the question has to be found, in any order.

/** How well a question fits a text; higher is better, null: not at all. */
export function fit(question: string, text: string): number | null {
  const haystack = text.toLowerCase();
  let score = 0;
  for (const word of question.toLowerCase().split(/\s+/).filter(Boolean)) {
    const found = wordFit(word, haystack);
    if (found === null) return null;
    score += found;
  }
  // Of two that fit alike the shorter one is more likely meant.
  return score - haystack.length / 100;
}

function wordFit(word: string, text: string): number | null {
  const at = text.indexOf(word);
  if (at >= 0) return 10 + word.length * 2 + (startsWord(text, at) ? 6 : 0) + (at === 0 ? 4 : 0);
  return lettersFit(word, text);
}

/** The letters in their order, with others between; beginnings of words and neighbours count more. */
function lettersFit(word: string, text: string): number | null {
  let score = 0;
  let before = -2;
  for (const letter of word) {
    const at = text.indexOf(letter, before < 0 ? 0 : before + 1);
    if (at < 0) return null;
    score += at === before + 1 ? 2 : startsWord(text, at) ? 1.5 : 0.2;
    before = at;
  }
  // Scattered letters are chance, not meaning.
  return score >= word.length * 0.9 ? score : null;
}

function startsWord(text: string, at: number): boolean {
  return at === 0 || !/[a-z0-9]/.test(text[at - 1] ?? "");
}

/** The best fitting items, best first; `weight` decides between kinds. Without a question: the first ones as they are. */
export function best<T>(
  question: string,
  items: readonly T[],
  text: (item: T) => string,
  limit: number,
  weight: (item: T) => number = () => 0,
): T[] {
  if (question.trim() === "") return items.slice(0, limit);
  return items
    .flatMap((item) => {
      const score = fit(question, text(item));
      return score === null ? [] : [{ item, score: score + weight(item) }];
    })
    .sort((a, b) => b.score - a.score)
    .slice(0, limit)
    .map((entry) => entry.item);
}

// Package spelling finds the word that someone probably meant.
package spelling

import "strings"

// Nearest gives the known word that is closest to word, or "" when none is
// close enough to be a slip: about one letter in three may differ. Of equally
// close words the first counts.
func Nearest(word string, known []string) string {
	best, least := "", len(word)/3+1
	if least > 4 {
		least = 4
	}
	lower := strings.ToLower(word)
	for _, k := range known {
		if k == "" || k == word {
			continue
		}
		d := distance(lower, strings.ToLower(k), least)
		// A word of which the other is the beginning is a slip too: quart, quarter.
		if d > least && len(lower) >= 3 && strings.HasPrefix(strings.ToLower(k), lower) {
			d = least
		}
		if d < least || d == least && best == "" {
			best, least = k, d
		}
	}
	return best
}

// Hint puts the nearest word into a question, or gives "".
func Hint(word string, known []string) string {
	if n := Nearest(word, known); n != "" {
		return `did you mean "` + n + `"?`
	}
	return ""
}

// distance is the Levenshtein distance, with a swap of two neighbours as one
// step; it gives up above limit.
func distance(a, b string, limit int) int {
	x, y := []rune(a), []rune(b)
	if d := len(x) - len(y); d > limit || -d > limit {
		return limit + 1
	}
	before, last, row := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(y)]
}

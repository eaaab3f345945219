package report

// Glossary explains the words that every report of a plan uses.
func Glossary() []Term {
	return []Term{
		{"early, middle, late", "Dates are uncertain. One of ten outcomes comes by the early date, five of ten by the middle one, nine of ten by the late one (P10, P50, P90). A date that is not reached in the plan's period is written as “not by” its last day."},
		{"fair share of the delay", "What one condition adds to the delay, averaged over every order in which the conditions could be added one by one (the Shapley value). The shares of all conditions add up to the delay shown. A negative share is a gain."},
		{"combination of conditions", "A set of conditions that are in force together while the others are muted. The plan is run for each combination; the fair shares come from comparing them."},
		{"same random draws", "Every combination meets the same deliveries, failures and decisions in each sample, so that differences come from the conditions and not from chance."},
		{"standard error", "How far a value may be off because only so many samples were drawn: two times in three it is less than this."},
		{"devices together", "A job that needs all of its devices at once and waits until they are free together (a gang)."},
		{"room left", "What a condition still allows: the part of its bound that is neither used nor reserved, 100 % when nothing is."},
		{"TPP", "Total processing performance, the figure by which US export rules measure an accelerator: its dense rate in tera-operations per second times the bit length, the highest over all number formats."},
		{"law, reported, assumed", "How firmly a condition stands: its text is published; press or officials report it; or it is an assumption of this plan."},
	}
}

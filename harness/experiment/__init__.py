"""What is measured, as pure values: scenarios, the plan, timelines, the judgement of a trial, golden partitions."""

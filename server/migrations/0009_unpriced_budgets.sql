-- How many responses in a budget's period have no known price: more was spent than is said.
ALTER TABLE budget_state ADD COLUMN unpriced INTEGER NOT NULL DEFAULT 0;

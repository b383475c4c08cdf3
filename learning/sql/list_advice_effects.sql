select kind, topic, shown, taken, gained, expected from advice_effects

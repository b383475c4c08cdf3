select item, mean from item_stats where item = any(%(items)s)

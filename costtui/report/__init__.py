"""Reports: the figures of the screens as text, Markdown, JSON, CSV and HTML; pure but for the reader they ask."""

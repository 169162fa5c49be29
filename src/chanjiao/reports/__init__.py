"""The annual report as Word, PDF and Excel, from templates the customer may replace."""

"""The embedded default: a small workspace that speaks Slack's language, and a company to practise on."""

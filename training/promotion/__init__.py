"""Promotion: gates, the champion's place, the model card, and the way back."""

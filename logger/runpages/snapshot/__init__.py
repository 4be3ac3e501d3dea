"""The source code that ran: chosen, packed, and given back."""

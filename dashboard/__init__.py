"""What the pages share: jobs and charts, which know nothing of Streamlit, and controls and state."""

"""What the pages share: jobs and charts without Streamlit, controls and state with it."""

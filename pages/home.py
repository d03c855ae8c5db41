"""First page: what Inkling is, a network at work, and the ways to go on."""

import streamlit as st

from inkling.ui import frame
from inkling.ui.home import demonstration, next_steps

frame.inside_frame()
with st.container(key="home"):
    words, picture = st.columns([11, 10], gap="large", vertical_alignment="center")
    with words:
        st.caption("Inkling")
        st.title("Watch a network learn to read", anchor=False)
        st.markdown(
            "A neural network learns from 60,000 handwritten digits, in front of you. It is "
            "written in NumPy, and you can look at every number in it."
        )
        next_steps.show()
    with picture:
        demonstration.show()

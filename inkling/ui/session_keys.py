"""Keys of `st.session_state` used by more than one module; a test finds keys declared twice.

Keys of a single module are constants beside its widgets.
"""

# Frame and visitor
FRAME = "frame"  # set by app.py: the page runs inside it
PAGE = "page"  # hash of the open page
VISIT = "visit"  # number of pages and views opened so far
TEACHER = "teacher"  # id of the visitor who entered the teacher's secret in this session

# Data set and image; names in the address, too
DATA, SPLIT, INDEX = "data", "split", "index"
DATA_FOLDER = "data_folder"

# Model that answers
MODEL = "model"
NEWEST_MODEL = "newest_model"

# Train: training form
RECIPE = "recipe"
FORM_BASE = "other_settings"  # TrainConfig that the form was filled with last
FORM_FIELD = "form_"  # and a field of TrainConfig
BEGIN_PAUSED = "begin_paused"

# Train: one run
TRAIN_VIEW = "train_view"
FEW_CONTROLS = "few_controls_linked"  # a link asked for them
SHOWN_RUN = "shown_run"
SCROLL_TO = "scroll_to"  # what the last click leads to
CHARTS_PAUSED = "charts_paused"
SHOWN_RECORDS = "shown_records"  # number of records in the charts
RUN_DETAILS = "look_closer"
ANNOUNCED_RUN = "announced_run"  # id of the run that screen readers were told of last
CURVE = "curve"  # the chart in view where there is room for one

# Train: saved runs
RUN_SEARCH = "run_search"
GROUPED_RUNS = "run_parts"  # runs of sweeps and experiments are listed, too
RUN_PAGE = "run_page"
COMPARED_RUNS = "compared_runs"
DELETED_RUN = "deleted_run"
UPLOADED_RUNS = "loaded_runs"  # number of uploads

# Train: sweeps
SWEEP_KIND = "sweep_kind"
SWEEP_SEEDS = "sweep_seeds"
SWEEP_AXIS = "sweep_axis"
SHOWN_SWEEP = "shown_sweep"

# Draw
INPUT_MODE = "input_mode"
STROKES = "strokes"  # state of the canvas after each stroke
CANVAS_GENERATION = "canvas_generation"
CANVAS_START = "canvas_start"
LIVE_ANSWER = "live_answer"  # to the last drawing, finished or not
LIVE_DRAWING = "live_drawing"  # strokes that came before the canvas's own state
PEN = "pen"
PICTURE = "picture"
DRAW_VIEW = "draw_view"
DRAW_STEP = "draw_step_"  # and a step's key: whether it is used
SECOND_MODEL = "second_model"

# Explore
EXPLORE_VIEW = "explore_view"
EXPLORE_DIGITS = "explore_digits"
EXPLORE_SORT = "explore_sort"
EXPLORE_PAGE = "explore_page"
EXPLORE_IMAGE = "explore_image"  # ImageRef of the open image
EXPLORE_GRID = "explore_grid"
EXPLORE_NEAREST = "explore_nearest"
EXPLORE_MAP = "explore_map"

# Mistakes
MISTAKES_VIEW = "mistakes_view"
MISTAKES_LABEL = "mistakes_true"
MISTAKES_ANSWER = "mistakes_says"
MISTAKES_SORT = "mistakes_sort"
MISTAKES_VERDICT = "mistakes_judged"
MISTAKES_SECOND_MODEL = "mistakes_second"
MISTAKES_OUTCOME = "mistakes_outcome"

# Digit picker and Inside
DIGIT = "digit_image"  # ImageRef of the picked image, None for the drawing
DIGIT_SPLIT = "digit_split"
DIGIT_INDEX = "digit_index"
INSIDE_VIEW = "inside_view"

"""What users of the existing tools stumble over: every question of docs/faq.md names the tests that answer it."""

import ast
import re
from functools import cache

import pytest

from tests.conftest import REPOSITORY

#: question of docs/faq.md → tests, as ``module::function`` below ``tests/``
COVERED_BY: dict[str, tuple[str, ...]] = {
    "Which script turns weights into C, and in which order do its arguments go?": (
        "codegen/test_package::test_every_model_in_the_folder_is_the_model",
        "codegen/test_package::test_the_input_is_never_overwritten",
        "model/test_c_writer::test_compiles_and_links_in_a_v01_tree",
        "codegen/test_build::test_recorded_models_bit_identical",
    ),
    "I trained with Keras's own GRU. Why is my model refused?": (
        "model/test_bad_input::test_keras_weights",
        "model/test_keras::test_keras_default_grus_are_refused",
        "training/test_model::test_summary_shows_the_six_layers_and_all_parameters",
    ),
    "Sizes like 24.0 in the generated C?": (
        "model/test_c_writer::test_compiles_and_links_in_a_v01_tree",
        "model/test_roundtrip::test_recorded_models_pass_through_every_pair",
        "model/test_forks::test_sizes_with_a_point_in_c",
        "model/test_forks::test_sizes_that_are_no_integers_are_refused",
    ),
    "load_model fails on my_crossentropy, mymask or WeightClip": (
        "model/test_readers::test_keras_layouts",
        "model/test_readers::test_seed_models_quantize_to_the_recorded_digests",
        "training/test_model::test_weights_file_opens_without_our_package",
    ),
    "Which activation belongs to which layer?": (
        "training/test_run::test_other_activations_travel_with_the_weights",
        "model/test_int8::test_equality_sees_every_weight_and_activation",
        "model/test_info::test_assumed_activations_are_said",
    ),
    "Can I fine-tune a model that I only have as C or text?": (
        "training/test_run::test_fine_tuning_starts_from_a_model_of_any_format",
        "training/test_finetuning::test_a_run_that_changes_no_rounded_weight_is_warned_of",
        "training/test_finetuning::test_the_documented_command_makes_the_shipped_model_better",
        "model/test_roundtrip::test_random_models_pass_through_every_pair",
        "model/test_readers::test_c_in_any_formatting",
    ),
    "What count do I give, and why did the tool crash or write nothing?": (
        "cli/test_features::test_count_follows_from_the_clean_audio",
        "cli/test_bad_input::test_bad_options",
        "cli/test_bad_input::test_bad_audio",
    ),
    "Do I have to give the number of rows again when converting or training?": (
        "rows/test_convert::test_there_and_back",
        "rows/test_files::test_hdf5_has_rows_chunks_and_attributes",
        "training/test_rows::test_unusable_files_are_refused_in_one_line",
    ),
    "Can a stray print corrupt my features?": (
        "cli/test_features::test_bare_rows_on_stdout",
        "rows/test_kill::test_killed_runs_end_with_the_same_bytes",
        "cli/test_bad_input::test_bad_outputs",
    ),
    "How much memory do I need?": (
        "cli/test_features::test_needs_are_said",
        "cli/test_features::test_memory_is_flat_in_the_row_count",
        "rows/test_convert::test_memory_does_not_grow_with_the_rows",
        "dataset/test_merge::test_memory_does_not_grow_with_the_audio",
        "training/test_without_tensorflow::test_training_and_its_outputs_need_no_tensorflow",
        "training/test_scale::test_five_million_rows_train_in_constant_memory",
    ),
    "What are the 87 columns?": (
        "test_docs::test_columns_are_those_of_the_layout",
        "spec/test_layout::test_groups_are_the_contracts",
        "rows/test_files::test_hdf5_has_rows_chunks_and_attributes",
    ),
    "How do I know that an extractor is right?": (
        "test_parity::test_python_rows_are_the_recorded_ones",
        "test_parity::test_c_rows_are_the_python_rows",
        "cli/test_verify::test_first_difference_is_named",
    ),
    "Gains are −1. Does the loss not take the root of a negative number?": (
        "training/test_losses::test_mask_is_one_for_targets_and_zero_for_masked_bands",
        "training/test_losses::test_no_nan_in_value_or_gradient",
        "training/test_run::test_training_stops_at_nan_and_names_epoch_and_window",
    ),
    "Are the arguments of the cross-entropy swapped?": (
        "training/test_losses::test_swapped_cross_entropy_has_the_values_of_the_specification",
        "training/test_losses::test_corrected_cross_entropy_is_the_usual_one",
        "training/test_config::test_defaults_are_those_of_the_v01_script",
    ),
    "What loss is good?": (
        "training/test_run::test_a_run_leaves_everything_it_promises",
        "training/test_run::test_the_card_reports_losses_and_metrics_of_the_kept_epoch",
        "test_docs::test_reference_curve_falls",
    ),
    "My model removes the voice too. Why?": (
        "dataset/test_check::test_each_illness_is_found",
        "dataset/test_check::test_announced_snrs_are_those_that_the_mixer_draws",
        "dataset/test_check::test_levels_far_apart_spoil",
        "dataset/test_row_summary::test_snr_of_rows_is_the_one_that_was_mixed",
    ),
    "How do I find speech in my noise?": (
        "dataset/test_check::test_speech_is_taken_for_speech",
        "dataset/test_check::test_no_noise_is_taken_for_speech",
        "dataset/test_check::test_quarantine_and_undo",
        "dataset/test_check::test_command_line",
    ),
    "Why do the same pairs of speech and noise come back?": (
        "cli/test_features::test_returning_pairs_are_told",
        "rows/test_shards::test_starts_are_those_of_rotated_files",
        "dataset/test_check::test_pairing_by_hand",
    ),
    "My files are WAV, stereo, 16 kHz, thousands. Must I convert them?": (
        "cli/test_features::test_any_form_of_input_means_the_same",
        "audio/test_stream::test_header_in_bare_pcm_is_refused",
        "audio/test_stream::test_channels_are_averaged_not_interleaved",
        "dataset/test_merge::test_every_format_and_every_bad_file",
    ),
    "My files are M4A, WebM or WMA. Can they be read?": (
        "audio/test_pyav::test_other_formats_are_read",
        "audio/test_pyav::test_without_pyav_the_error_says_how",
    ),
    '"X is cut short: 1.2 s are missing"': (
        "audio/test_true_end::test_cut_anywhere",
        "audio/test_true_end::test_missing_seconds_are_told",
    ),
    "Is the output late, or shorter than the input?": (
        "denoiser/test_denoiser::test_output_has_no_delay",
        "denoiser/test_denoiser::test_streams_equal_the_whole_bit_identical",
        "cli/test_denoise::test_files_keep_what_they_are",
    ),
    "Loud passages crackle": (
        "denoiser/test_denoiser::test_integers_saturate_and_floats_do_not",
        "reference_c/test_library::test_demo_keeps_length_rounds_and_saturates",
    ),
    "How do I build on another system, and which library is loaded?": (
        "cli/test_denoise::test_no_compiler_and_no_library_are_needed",
        "denoiser/test_native::test_library_is_looked_up_in_order",
        "denoiser/test_native::test_bad_libraries_are_refused_in_one_line",
        "reference_c/test_builds::test_a_copy_builds_and_installs",
    ),
    "Float samples pass unchanged. Why?": (
        "denoiser/test_denoiser::test_suspicious_ranges_warn_once",
        "denoiser/test_denoiser::test_dtype_and_shape_are_kept",
        "rows/test_features::test_int16_and_float_features_are_bit_identical",
    ),
    "Streaming through RNNoise_Wrapper clicks, and frames vanish": (
        "denoiser/test_wrapper::test_pieces_of_a_stream_have_no_seams",
        "denoiser/test_wrapper::test_threshold_mutes_and_keeps_the_length",
        "denoiser/test_denoiser::test_resampled_streams_equal_the_whole",
    ),
}


@cache
def functions(module: str) -> dict[str, bool]:
    """Test functions of a module; True where one is left out of ``make test``."""
    path = REPOSITORY / "tests" / f"{module}.py"
    tree = ast.parse(path.read_text()) if path.is_file() else ast.Module([], [])
    all_slow = any(
        isinstance(node, ast.Assign) and ast.unparse(node).startswith("pytestmark = pytest.mark.slow")
        for node in tree.body
    )
    return {
        node.name: all_slow or any(ast.unparse(mark) == "pytest.mark.slow" for mark in node.decorator_list)
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
    }


@pytest.mark.parametrize("question", COVERED_BY)
def test_every_question_is_answered_by_tests_that_exist(question: str) -> None:
    """Each named test is there, and at least one of them runs in `make test`."""
    found = {}
    for name in COVERED_BY[question]:
        module, _, function = name.partition("::")
        assert function in functions(module), f"tests/{module}.py has no {function}"
        found[name] = functions(module)[function]
    assert not all(found.values()), f"all of {', '.join(found)} are slow"


def test_the_questions_are_those_of_the_faq() -> None:
    """26 of them, in the order of docs/faq.md."""
    headings = re.findall(r"^### (.+)$", (REPOSITORY / "docs/faq.md").read_text(), re.MULTILINE)
    assert headings == list(COVERED_BY)
    assert len(headings) == 26

"""Summaries read from invented citations: every row is one way in which abstracts word a thing, or go wrong."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable, Iterator
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import aggregator.evidence
from aggregator.citation import AbstractSection, Citation, MeshHeading, Notice
from aggregator.evidence import claims, sample, summarise, treatment
from aggregator.evidence.letters import closings_of, openings_of
from aggregator.evidence.needs import needs_of
from aggregator.evidence.outcomes import SCALES
from aggregator.evidence.places import LOWER, Ending, Opened, Sought, Tables, Text
from aggregator.evidence.quantities import value_of
from aggregator.evidence.text import plain_text, prepare
from aggregator.evidence.wordings import Wording
from aggregator.summary import Span, Summary
from aggregator.vocabulary import (
    AGE_GROUPS,
    BUCKETS,
    COMPARATORS,
    CONDITIONS,
    CONTROLS,
    DESIGNS,
    DIRECTIONS,
    DRUGS,
    FLAGS,
    PHASES,
    PSYCHOTHERAPY,
    REGIMENS,
    ROUTES,
)

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "data" / "corpus" / "records.xml.gz"
SECTIONS = {
    "background": "BACKGROUND",
    "objective": "OBJECTIVE",
    "methods": "METHODS",
    "results": "RESULTS",
    "conclusions": "CONCLUSIONS",
}


def study(
    title="An invented study of ketamine.", *, types=("Journal Article",), mesh=(), notices=(), **sections
) -> Citation:
    """An invented citation; `text` is an abstract without sections."""
    text = sections.pop("text", None)
    abstract = tuple(
        AbstractSection(label=SECTIONS[name], category=SECTIONS[name], text=words) for name, words in sections.items()
    )
    if text:
        abstract = (AbstractSection(text=text),)
    return Citation(
        pmid="90000001",
        title=title,
        abstract=abstract,
        publication_types=types,
        mesh=tuple(MeshHeading(descriptor=name) for name in mesh),
        notices=notices,
    )


def words(citation: Citation, spans) -> list[str]:
    return [citation.section_text(span.section)[span.start : span.end] for span in spans]


def spans_of(value) -> list[Span]:
    if isinstance(value, Span):
        return [value]
    if isinstance(value, tuple):
        return [span for part in value for span in spans_of(part)]
    names = getattr(type(value), "__dataclass_fields__", {})
    return [span for name in names for span in spans_of(getattr(value, name))]


def values(facts) -> list[str]:
    return [fact.value for fact in facts]


def check(citation: Citation, summary: Summary) -> None:
    """What holds of every summary: spans lie in their sections, values in their vocabularies, quotations are verbatim."""
    for span in spans_of(summary):
        text = citation.section_text(span.section)
        assert 0 <= span.start < span.end <= len(text)
        assert text[span.start : span.end].strip()
    assert summary.bucket in BUCKETS
    assert summary.design.value in DESIGNS
    for facts, table in (
        (summary.conditions, CONDITIONS),
        (summary.age_groups, AGE_GROUPS),
        (summary.drugs, DRUGS),
        (summary.routes, ROUTES),
        (summary.comparators, COMPARATORS),
        ((summary.psychotherapy,), PSYCHOTHERAPY),
        ((summary.control,) if summary.control else (), CONTROLS),
        ((summary.phase,) if summary.phase else (), PHASES),
    ):
        assert set(values(facts)) <= set(table)
    assert set(summary.flags) <= set(FLAGS)
    assert summary.regimen is None or summary.regimen.value in REGIMENS
    for counted in (summary.sample_size, summary.studies_included):
        assert counted is None or (counted.spans and counted.value > 0)
    for fact in (
        *summary.drugs,
        *summary.routes,
        *summary.doses,
        *summary.comparators,
        *summary.scales,
        *summary.harms,
    ):
        assert fact.spans
    assert summary.direction is None or (summary.direction.value in DIRECTIONS and summary.direction.spans)
    if summary.conclusion:
        assert "".join(words(citation, summary.conclusion.spans)) == summary.conclusion.quote


# --- design ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("types", "design"),
    [
        pytest.param(("Randomized Controlled Trial",), "randomized-trial", id="randomised"),
        pytest.param(("Meta-Analysis", "Systematic Review"), "meta-analysis", id="meta-analysis outranks review"),
        pytest.param(("Network Meta-Analysis",), "meta-analysis", id="network"),
        pytest.param(("Systematic Review",), "systematic-review", id="systematic review"),
        pytest.param(("Practice Guideline",), "guideline", id="guideline"),
        pytest.param(
            ("Clinical Trial Protocol", "Randomized Controlled Trial"), "protocol", id="a protocol is no trial yet"
        ),
        pytest.param(("Case Reports",), "case-report", id="case report"),
        pytest.param(("Case Reports", "Letter"), "case-report", id="a letter that reports a case"),
        pytest.param(("Observational Study",), "cohort", id="observational"),
        pytest.param(("Review",), "narrative-review", id="review alone is narrative"),
        pytest.param(("Editorial",), "comment", id="editorial"),
        pytest.param(("Comment",), "comment", id="comment"),
        pytest.param(("Clinical Trial, Phase II",), "non-randomized-trial", id="a phase says nothing of randomisation"),
    ],
)
def test_publication_types_state_the_design_and_confirm_it(types, design):
    citation = study("Ketamine for low mood.", types=("Journal Article", *types), methods="Ketamine was given.")
    found = summarise(citation).design
    assert (found.value, found.confirmed) == (design, True)


@pytest.mark.parametrize(
    ("title", "methods", "design"),
    [
        pytest.param("Ketamine for PTSD: a randomised trial.", "It was given.", "randomized-trial", id="title says randomised"),
        pytest.param("Ketamine for PTSD.", "Thirty adults were randomly assigned to ketamine or saline.", "randomized-trial", id="randomly assigned"),
        pytest.param("Ketamine for PTSD.", "Adults were assigned to ketamine or ECT in a 1:1 ratio.", "randomized-trial", id="a ratio without the word random"),
        pytest.param("Ketamine and imaging.", "A double-blind, placebo-controlled study in men.", "non-randomized-trial", id="placebo-controlled is not randomised"),
        pytest.param("Ketamine and imaging.", "Men were assigned by chance to ketamine or saline.", "randomized-trial", id="assigned by chance"),
        pytest.param("Ketamine and imaging.", "Men were allotted to ketamine or saline by lot.", "randomized-trial", id="by lot"),
        pytest.param("Ketamine and imaging.", "Ketamine or saline was chosen with computer-generated random numbers.", "randomized-trial", id="random numbers"),
        pytest.param("Ketamine and imaging.", "Men were assigned to ketamine by their doctor; there was a chance of harm.", "other", id="a chance of something else"),
        pytest.param("Ketamine in wards.", "Patient files of those given ketamine were read.", "cohort", id="patient files"),
        pytest.param("Ketamine or ECT.", "We emulated a target trial of ketamine with veterans' bills.", "cohort", id="a target trial that was emulated"),
        pytest.param("Ketamine and grief.", "We searched seven databases for work on ketamine.", "systematic-review", id="several databases searched"),
        pytest.param("Ketamine and grief.", "Data from three ketamine trials were pooled.", "secondary-analysis", id="data of trials pooled"),
        pytest.param("Genes and ketamine response.", "We used Mendelian randomization.", "other", id="Mendelian randomisation"),
        pytest.param("Ketamine for PTSD.", "A non-randomised open-label trial.", "non-randomized-trial", id="non-randomised"),
        pytest.param("Ketamine: a post hoc analysis of a randomised trial.", "Data were used again.", "secondary-analysis", id="post hoc outranks randomised"),
        pytest.param("Ketamine for PTSD: protocol for a randomised trial.", "Adults will be randomised.", "protocol", id="protocol outranks randomised"),
        pytest.param("Dosing ketamine.", "Patients were randomised; changes were not in the trial protocol.", "randomized-trial", id="a trial that names its protocol"),
        pytest.param("Ketamine for PTSD: a systematic review of randomised trials.", "We searched.", "systematic-review", id="review of trials"),
        pytest.param("Ketamine: a network meta-analysis.", "We searched.", "meta-analysis", id="network"),
        pytest.param("Ketamine in a clinic.", "A retrospective chart review was done.", "cohort", id="chart review"),
        pytest.param("Living with ketamine treatment.", "Semi-structured interviews were held.", "qualitative", id="interviews"),
        pytest.param("Ketamine in functional seizures: a case report.", "A woman was treated.", "case-report", id="case report"),
        pytest.param("Ketamine in Wistar rats.", "Rats received ketamine (10 mg/kg i.p.).", "preclinical", id="rats"),
        pytest.param("Ketamine and imaging.", "We used data from a randomised trial of ketamine.", "secondary-analysis", id="data of another trial"),
        pytest.param("Costs of ketamine.", "Key parameters from a randomised trial fed a Markov model.", "other", id="parameters of another trial"),
        pytest.param("Ketamine in Huntington's disease.", "Randomization tests were used for each score.", "other", id="a randomisation test is a statistic"),
        pytest.param("Ketamine for PTSD: review of a randomised clinical trial.", "We retrieved trials on PubMed and Medline.", "systematic-review", id="trials that were retrieved"),
        pytest.param("The top articles on ketamine: a bibliometric analysis.", "They were cross-sectional studies and trials.", "other", id="bibliometry"),
        pytest.param("Memory in ketamine users.", "Users and controls did memory tasks.", "cross-sectional", id="users compared in the laboratory"),
        pytest.param("Smell and taste.", "Abstinent ketamine users and non-users were tested with 14 odours.", "cross-sectional", id="users that the methods compare"),
        pytest.param("Smell in ketamine users.", "Users were tested on the night and four days later.", "cohort", id="users seen again"),
        pytest.param("Smell in cocaine users.", "Cocaine users received one infusion of ketamine.", "non-randomized-trial", id="users who were given the drug"),
        pytest.param("Ketamine users and their health.", "Users filled in an online questionnaire.", "cross-sectional", id="users asked"),
        pytest.param("Ketamine intoxication.", "Cases admitted to the emergency department were counted.", "cross-sectional", id="emergency department"),
        pytest.param("Use of ketamine among youths.", "Data came from a national household survey.", "cross-sectional", id="survey data are no secondary analysis"),
        pytest.param("Attention after ketamine.", "Cross-sectional correlations were looked at.", "non-randomized-trial", id="a cross-sectional correlation"),
        pytest.param("Grief on ketamine.", "The aim of the present analysis was to test whether grief lifts with mood.", "secondary-analysis", id="the aim of an analysis"),
        pytest.param("Proteins and ketamine.", "Sera of 31 adults who had received ketamine in an open-label crossover study were thawed.", "secondary-analysis", id="people of an earlier trial"),
        pytest.param("Tapes of raters.", "Tapes came from a subgroup of patients in a blinded study of esketamine.", "secondary-analysis", id="a part of another study's people"),
        pytest.param("Two rhythms under ketamine.", "Scans were obtained in two clinical trials of ketamine.", "secondary-analysis", id="scans of two trials"),
        pytest.param("Ketamine for grief: a review of systematic reviews and meta-analyses.", "We searched.", "systematic-review", id="a review of reviews pools nothing"),
        pytest.param("Editorial: ketamine, an overview.", "Much is new.", "comment", id="an editorial, whatever it gives"),
        pytest.param("Ketamine for PTSD.", "Findings from an earlier pilot study are discussed.", "narrative-review", id="another study's findings"),
        pytest.param("Ketamine and the law.", "This column reviews how ketamine infusions are regulated.", "narrative-review", id="a column"),
        pytest.param("Faces and mood.", "Scans were made 24 hours postketamine infusion.", "non-randomized-trial", id="after ketamine"),
        pytest.param("Ketamine on alternate weeks.", "In this quasi-randomised study patients received ketamine.", "non-randomized-trial", id="quasi-randomised"),
        pytest.param("Ketamine in one town.", "We looked back at 31 people who had ketamine.", "cohort", id="looked back"),
        pytest.param("Ketamine and the public.", "A telephone poll of 900 adults was held.", "cross-sectional", id="a poll"),
        pytest.param("Sweat and ketamine.", "Sweat of 17 adults from the parent trial was thawed.", "secondary-analysis", id="a parent trial"),
        pytest.param("Ketamine for gambling: an extension study.", "Adults of the parent study all took ketamine.", "non-randomized-trial", id="the parent of an extension"),
        pytest.param("Sweat and ketamine.", "Sweat was collected during two earlier trials of ketamine.", "secondary-analysis", id="collected during earlier trials"),
        pytest.param("Posts on ketamine.", "In this retrospective study 212 posts were read with a thematic approach.", "qualitative", id="a thematic approach"),
        pytest.param("Ketamine in one county.", "An insurance database gave 911 adults; propensity scores matched them.", "cohort", id="an insurance database"),
        pytest.param("Ketamine and the bladder.", "Spontaneous reports to EudraVigilance were counted.", "cross-sectional", id="spontaneous reports"),
        pytest.param("Design and methodology of a randomised trial of ketamine.", "Gamblers are being enrolled.", "protocol", id="design and methodology"),
        pytest.param("Sleep of gamblers.", "Forty gamblers were compared with matched controls; ketamine was one drug among many.", "cross-sectional", id="compared with matched controls"),
        pytest.param("Gamblers on ketamine.", "Respondents wrote how they fared.", "cross-sectional", id="respondents"),
        pytest.param("Gamblers on ketamine.", "Gamblers received ketamine and filled in questionnaires.", "non-randomized-trial", id="questionnaires after the drug"),
        pytest.param("Ketamine and headache.", "Nine men received ketamine. What to do about headache is discussed.", "non-randomized-trial", id="a discussion at the end"),
        pytest.param("Ketamine and headache.", "Findings from a crossover comparison of two drugs are discussed.", "narrative-review", id="findings from another trial"),
        pytest.param("Ketamine in one retreat.", "Guests filled in scales at the start and five weeks later.", "cohort", id="guests of a retreat seen again"),
        pytest.param("Ketamine and the good life.", "In this essay we ask for whom it is good.", "comment", id="an essay"),
        pytest.param("Ketamine and the good life.", "A recent clinical trial was large. In this opinion piece I ask what follows.", "comment", id="an opinion"),
        pytest.param("Ketamine and the good life.", "In this short review, ketamine is seen from three sides.", "narrative-review", id="in this review"),
        pytest.param("Ketamine in one town.", "In this chart review, 31 gamblers had ketamine.", "cohort", id="in this chart review"),
        pytest.param("Ketamine and the good life.", "We argue that touch be agreed on beforehand.", "narrative-review", id="nothing but an argument"),
        pytest.param("Rethinking placebo-controlled trials of ketamine.", "Much is unclear.", "narrative-review", id="rethinking trials is no trial"),
        pytest.param("Ketamine and the good life.", "The weight of clinical trial evidence is growing.", "other", id="trials that are spoken of"),
        pytest.param("Ketamine in pipes.", "In a small clinical trial 13 gamblers took ketamine.", "non-randomized-trial", id="in a clinical trial"),
        pytest.param("Ketamine in five gambling veterans.", "Their courses are told.", "case-report", id="a few people in the title"),
        pytest.param("Ketamine for mood: report of a task force.", "A systematic review was done.", "guideline", id="a task force"),
        pytest.param("Docking and structure-activity of arylcyclohexylamines.", "Forty ketamine analogues bound to the receptor.", "preclinical", id="chemistry"),
        pytest.param("Ketamine for gambling: a randomised trial.", "Post hoc analyses compared sexes.", "randomized-trial", id="an analysis that a trial added"),
        pytest.param("Gambling, age and ketamine.", "Post hoc analyses compared ages in adults who were randomised.", "secondary-analysis", id="post hoc, and no title says trial"),
        pytest.param("Gambling, age and ketamine.", "Data of 44 adults were pooled across three studies.", "secondary-analysis", id="pooled across studies"),
        pytest.param("Networks under ketamine.", "We used an open dataset of 19 adults who had been scanned twice.", "secondary-analysis", id="an open dataset"),
        pytest.param("Levels of ketamine.", "Data from 88 doses in 31 adults from two phase 1 trials were modelled.", "secondary-analysis", id="doses in two trials"),
        pytest.param("Factors of a scale.", "Exploratory factor analysis was used.", "other", id="a factor analysis is no further analysis"),
        pytest.param("Ketamine in psychiatry: a comprehensive review.", "Post hoc analyses of one trial are told.", "narrative-review", id="a review that tells of analyses"),
        pytest.param("Ketamine and the sense of rhythm.", "Twelve drummers were tested under placebo and two doses.", "non-randomized-trial", id="tested under placebo"),
        pytest.param("Ketamine and the sense of rhythm.", "Drummers were scanned twice: ketamine (35 mg by mouth) or nothing.", "non-randomized-trial", id="a dose was given"),
        pytest.param("A drop of urine.", "Ketamine (82 µg/l) was found in one sample of river water.", "other", id="a concentration is no dose"),
        pytest.param("Ketamine and the sense of rhythm.", "Healthy women tapped along.", "non-randomized-trial", id="the drug in people who are well"),
        pytest.param("Ketamine and rhythm: a comprehensive narrative review.", "We searched PubMed and Embase.", "narrative-review", id="a review that calls itself narrative"),
        pytest.param("Ketamine at festivals: a retrospective survey.", "Visitors answered once.", "cross-sectional", id="a survey that looks back"),
        pytest.param("Ketamine in the wild: a longitudinal web survey.", "Visitors answered three times; this cohort study ended in May.", "cohort", id="a survey that comes back"),
        pytest.param("Naturalistic ketamine use and gambling.", "Gamblers filled in an anonymous online questionnaire.", "cross-sectional", id="naturalistic use is no design"),
        pytest.param("Ketamine for gambling: a naturalistic study.", "Gamblers received ketamine.", "cohort", id="a naturalistic study"),
        pytest.param("Tea, ketamine and gambling.", "A longitudinal community study asked 811 pupils in three waves.", "cohort", id="followed over years"),
        pytest.param("Ketamine and 61 gamblers.", "A semi-structured interview gave the diagnoses; gamblers were surveyed in March.", "cross-sectional", id="one interview as an instrument"),
    ],
)  # fmt: skip
def test_design_is_read_from_words_where_types_are_silent(title, methods, design):
    found = summarise(study(title, methods=methods)).design
    assert (found.value, found.confirmed) == (design, False)


def test_a_publishers_heading_tells_of_a_review_that_has_no_type():
    told = (
        AbstractSection(label="PURPOSE OF REVIEW", text="Ketamine has come to stay."),
        AbstractSection(label="RECENT FINDINGS", text="Two phase 3 trials were large."),
    )
    citation = Citation(pmid="90000001", title="What ketamine needs.", abstract=told)
    assert summarise(citation).design.value == "narrative-review"


def test_a_call_for_randomised_trials_makes_none():
    citation = study(
        "Ketamine in one clinic.", methods="Patients were treated.", conclusions="Randomised trials are needed."
    )
    assert summarise(citation).design.value == "other"


# --- bucket ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("citation", "bucket"),
    [
        pytest.param(study("Ketamine for treatment-resistant depression."), "core", id="psychiatric"),
        pytest.param(study("Subanesthetic ketamine for depressed patients."), "core", id="subanesthetic is no anaesthesia"),
        pytest.param(study("Ketamine anaesthesia for electroconvulsive therapy in depression."), "core", id="ECT stays core"),
        pytest.param(study("Esketamine and mood after caesarean section."), "perioperative", id="caesarean"),
        pytest.param(study("Ketamine and emergence agitation in patients with PTSD undergoing surgery."), "perioperative", id="an operation on people with a disorder"),
        pytest.param(study("Repurposing anaesthetics for disorders of mood: ketamine."), "core", id="anaesthetics as a class of drugs"),
        pytest.param(study("Oral ketamine for neuropathic pain: a cohort."), "perioperative", id="pain alone"),
        pytest.param(study("Ketamine for chronic pain with depression."), "core", id="pain beside a mood disorder"),
        pytest.param(study("Ketamine for migraine.", methods="Patients with major depression were treated."), "core", id="pain of depressed people"),
        pytest.param(study("Ketamine cystitis: a cohort."), "misuse", id="cystitis of users"),
        pytest.param(study("Treatment of ketamine dependence: a chart review."), "misuse", id="treatment of dependence on it"),
        pytest.param(study("Therapy for alcohol dependence with ketamine."), "core", id="treatment of other dependence with it"),
        pytest.param(study("Addiction risk in the treatment of depression with ketamine."), "core", id="risk within treatment"),
        pytest.param(study("Ketamine for PTSD: study protocol."), "protocol", id="protocol"),
        pytest.param(study("Ketamine effects in mice."), "preclinical", id="mice"),
        pytest.param(study("Arketamine and relapse: a preclinical randomised controlled trial.", text="Rats drank less on arketamine."), "preclinical", id="a trial in rats"),
        pytest.param(study("Correction: Ketamine for PTSD."), "notice", id="correction by its title"),
        pytest.param(study("Ketamine for PTSD.", types=("Published Erratum",)), "notice", id="erratum by its type"),
        pytest.param(study("Long-term depression of synapses and ketamine.", text="Slices were cut."), "off-topic", id="long-term depression"),
        pytest.param(study("Respiratory depression after ketamine.", text="Breathing was watched."), "off-topic", id="respiratory depression"),
        pytest.param(study("Psilocybin for depression."), "off-topic", id="another drug"),
    ],
)  # fmt: skip
def test_bucket_sets_noise_aside_with_a_reason(citation, bucket):
    summary = summarise(citation)
    assert summary.bucket == bucket
    assert bool(summary.bucket_reason) == (bucket != "core")


# --- people ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "size"),
    [
        pytest.param("Of 51 patients who gave consent, 34 were randomised to therapy or usual care.", 34, id="randomised before consented"),
        pytest.param("Of 190 patients who were randomised (95 per arm), 186 received study drug.", 190, id="randomised, not treated"),
        pytest.param("Twenty-nine drug-free patients (12 with attempts, 17 without) took part.", 29, id="number in words"),
        pytest.param("Thirty two adult participants completed six weeks of treatment.", 32, id="number in two words"),
        pytest.param("In all, 124 people were assigned to the ketamine group and 121 to the quetiapine group.", 245, id="arms summed"),
        pytest.param("People with anxious (n = 34) and nonanxious depression (n = 22) received infusions.", 56, id="groups given as n"),
        pytest.param("We scanned 33 participants with depression and 26 healthy controls.", 59, id="patients and controls"),
        pytest.param("A total of 1,054 adults were enrolled.", 1054, id="thousands"),
        pytest.param("Adults with lasting PTSD (N=36) were randomly assigned.", 36, id="n in brackets"),
        pytest.param("We gave 684 infusions over 3 years.", None, id="infusions are not people"),
        pytest.param("Sessions took place at 12 sites.", None, id="sites are not people"),
        pytest.param("Twenty ketamine users and 20 non-users took part.", 40, id="users and non-users"),
        pytest.param("We tested 14 current users, 13 past users and 22 controls.", 49, id="three groups in one list"),
        pytest.param("A total of 14 female users and 10 healthy women who did not use it were scanned.", 24, id="a total and its controls"),
        pytest.param("We studied 18 healthy subjects (9 women, 9 men).", 18, id="women and men of the same people"),
        pytest.param("There were 2 groups of 14 healthy volunteers.", 28, id="groups of equal size"),
        pytest.param("A sample of 97 participants (52 % male) was recruited.", 97, id="a share is no number of people"),
        pytest.param("The sample consisted of 48 patients (60.4% women).", 48, id="the share of women says nothing of a part"),
        pytest.param("Twelve patients (40%) responded to the treatment.", None, id="a share of the patients"),
        pytest.param("Fourteen of 67 patients were randomly selected for a second rating.", None, id="randomly selected is not randomised"),
        pytest.param("Group A (n = 10) was rated before and after. Group B (n = 11) was rated too.", 21, id="groups in sentences of their own"),
        pytest.param("Patients (N = 44) got ECT (N = 17) or ketamine (N = 27).", 44, id="a total beside its arms"),
        pytest.param("Trials in \u2a7e10 adults were sought.", None, id="a lower limit"),
        pytest.param("There were three groups, with 12 patients in each group.", 36, id="so many in each group"),
        pytest.param("Eighteen frequent and 19 infrequent users were tested.", 37, id="people named once"),
        pytest.param("We followed 308 adults from May 2019 to December 31, 2020 and 40 women.", 308, id="years are no people"),
        pytest.param("In all, 26 healthy subjects (n = 12 males) were randomised.", 26, id="the men among them"),
        pytest.param("All five subjects who remitted went on; twelve subjects had been enrolled.", 12, id="all who remitted are not all"),
        pytest.param("Seventy-two outpatients had ketamine, nine infusions in all and were randomly assigned to a course of talks.", 72, id="infusions are no people"),
        pytest.param("Lifetime use of seven individual drugs was asked of adults (N = 5,252).", 5252, id="an adjective that looks like people"),
    ],
)  # fmt: skip
def test_sample_size_counts_those_randomised_else_those_studied(text, size):
    found = summarise(study(methods=text)).sample_size
    assert (found.value if found else None) == size


def test_background_numbers_are_nobody_studied_here():
    citation = study(
        background="In a trial of 500 patients ketamine helped.", methods="Ketamine was given to 20 adults."
    )
    assert summarise(citation).sample_size.value == 20


def test_a_review_counts_studies_and_people_apart():
    citation = study(
        "Ketamine for PTSD: a meta-analysis.",
        results="Of 1922 records screened, 64 studies (5299 participants) were included.",
    )
    summary = summarise(citation)
    assert (summary.studies_included.value, summary.sample_size.value) == (64, 5299)


@pytest.mark.parametrize(
    ("results", "studies"),
    [
        pytest.param("Of the 187 studies identified, eight (one cohort study and seven randomised trials) were selected.", 8, id="a part in brackets"),
        pytest.param("In all, 47 effect sizes taken across seven studies were pooled.", 7, id="effect sizes are no studies"),
        pytest.param("Seven trials, three cohort studies and two case reports were included.", 12, id="kinds of studies one after the other"),
        pytest.param("Twelve trials in 15 publications were included.", 12, id="publications of the same studies"),
        pytest.param("Of 310 abstracts identified, 9 full-text articles were eligible.", 9, id="full texts that were eligible"),
        pytest.param("A random-effects model of studies (n = 14) was fitted.", 14, id="a number behind a sign"),
        pytest.param("Databases were searched from May 4(th) 2018 to retrieve all studies. Eight studies were included.", 8, id="a year"),
    ],
)  # fmt: skip
def test_the_studies_of_a_review_are_those_included(results, studies):
    citation = study("Ketamine for PTSD: a meta-analysis.", results=results)
    assert summarise(citation).studies_included.value == studies


def test_the_synthesis_of_a_review_is_its_results():
    sections = (("EVIDENCE ACQUISITION", "Libraries were asked."), ("EVIDENCE SYNTHESIS", "Thirteen trials are there."))
    abstract = tuple(AbstractSection(label=label, category="UNASSIGNED", text=text) for label, text in sections)
    citation = Citation(pmid="90000002", title="Ketamine for PTSD: a meta-analysis.", abstract=abstract)
    assert summarise(citation).studies_included.value == 13


@pytest.mark.parametrize(
    ("citation", "conditions"),
    [
        pytest.param(study("Ketamine for PTSD."), ["ptsd"], id="title"),
        pytest.param(study(background="Patients with PTSD suffer.", methods="Patients with OCD received ketamine."), ["ocd"], id="background does not count"),
        pytest.param(study("Ketamine in bipolar depression."), ["depression", "bipolar"], id="bipolar depression is both"),
        pytest.param(study("Ketamine in healthy volunteers."), ["healthy-volunteers"], id="healthy"),
        pytest.param(study("Ketamine for social anxiety disorder."), ["social-anxiety"], id="a named disorder is not anxiety at large"),
        pytest.param(study("Ketamine.", mesh=("Bipolar Disorder",)), [], id="indexing says nothing of the abstract"),
        pytest.param(study("Esketamine for preventing postpartum depression."), ["depression"], id="what is to be prevented"),
        pytest.param(study(results="Adverse events were headache and anxiety symptoms in patients."), [], id="an adverse event"),
        pytest.param(study(methods="A man with OCD was admitted with worsening suicidal ideation."), ["ocd"], id="why he was admitted"),
        pytest.param(study(methods="Symptoms were rated with the PCL-5 in healthy volunteers."), ["healthy-volunteers"], id="a scale names no population"),
    ],
)  # fmt: skip
def test_conditions_are_those_of_the_people_studied(citation, conditions):
    assert values(summarise(citation).conditions) == conditions


@pytest.mark.parametrize(
    ("citation", "ages"),
    [
        pytest.param(
            study(methods="Adolescents aged 13-17 years received ketamine."), ["adolescent"], id="adolescents"
        ),
        pytest.param(study(methods="Adults aged 18\u201065 years received ketamine."), ["adult"], id="unicode hyphen"),
        pytest.param(
            study("Ketamine in late-life depression.", methods="It was given."), ["older-adult"], id="late life"
        ),
        pytest.param(
            study(methods="Patients with depression received ketamine."), ["adult"], id="minors are always named"
        ),
        pytest.param(
            study(methods="Patients received it.", mesh=("Adult", "Adolescent")),
            ["adult"],
            id="check tags name the odd participant",
        ),
        pytest.param(study("Ketamine in mice.", methods="Mice received ketamine."), [], id="no people, no age"),
    ],
)
def test_age_groups(citation, ages):
    assert values(summarise(citation).age_groups) == ages


# --- treatment ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "drugs"),
    [
        pytest.param("Esketamine nasal spray was given.", ["esketamine"], id="esketamine"),
        pytest.param("(S)-ketamine was given.", ["esketamine"], id="S in brackets"),
        pytest.param("S(+)-ketamine was given.", ["esketamine"], id="S plus"),
        pytest.param("(R)-ketamine was given.", ["arketamine"], id="R in brackets"),
        pytest.param("(R,S)-ketamine was given.", ["ketamine"], id="both enantiomers are ketamine"),
        pytest.param("Racemic ketamine was compared with esketamine.", ["ketamine", "esketamine"], id="both"),
        pytest.param("S+ -ketamine was given.", ["esketamine"], id="a blank behind the plus"),
        pytest.param(
            "Men received an S(+)-ketamine infusion. Ketamine-induced analgesia was tested.",
            ["esketamine"],
            id="ketamine as the class",
        ),
        pytest.param("Patients received (es)ketamine.", ["ketamine", "esketamine"], id="two drugs in one word"),
    ],
)
def test_drugs_with_their_enantiomer(text, drugs):
    assert values(summarise(study("A study.", methods=text)).drugs) == drugs


@pytest.mark.parametrize(
    ("text", "doses"),
    [
        pytest.param("Ketamine 0.5 mg/kg was given.", [("0.5 mg/kg", "ketamine")], id="usual"),
        pytest.param("Ketamine 0.2 or 0.5 mg/kg was given.", [("0.2 mg/kg", "ketamine"), ("0.5 mg/kg", "ketamine")], id="two doses"),
        pytest.param("Ketamine 0,5 mg/kg was given.", [("0.5 mg/kg", "ketamine")], id="decimal comma"),
        pytest.param("Ketamine 0\u00b75 mg/kg was given.", [("0.5 mg/kg", "ketamine")], id="middle dot"),
        pytest.param("Ketamine .5mg/kg was given.", [("0.5 mg/kg", "ketamine")], id="no zero, no space"),
        pytest.param("Ketamine 0.5\u20131.0 mg/kg was given.", [("0.5-1.0 mg/kg", "ketamine")], id="a range stays one"),
        pytest.param("They received ketamine (0.5 mg/kg) or midazolam (0.03 mg/kg).", [("0.5 mg/kg", "ketamine")], id="the comparator's dose is not ours"),
        pytest.param("Esketamine 56 mg or 84 mg was given.", [("56 mg", "esketamine"), ("84 mg", "esketamine")], id="fixed doses"),
        pytest.param("Rats received ketamine 10 mg/kg i.p. beforehand.", [], id="an animal's dose"),
        pytest.param("Midazolam 2 mg was given.", [], id="only another drug's"),
        pytest.param("Esketamine (0. 25 mg/kg) was given.", [("0.25 mg/kg", "esketamine")], id="a blank behind the point"),
        pytest.param("Ketamine 5 mg kg -1 was given.", [("5 mg/kg", "ketamine")], id="the unit as a power"),
        pytest.param("Ketamine 0.1 mg kg\u22121 hr\u22121 was infused.", [("0.1 mg/kg/h", "ketamine")], id="an hourly unit as powers"),
        pytest.param("Adults took 90 mg/day or 150 mg/day KET01.", [("90 mg/day", "ketamine"), ("150 mg/day", "ketamine")], id="a product's code"),
        pytest.param("Ketamine or saline was infused at 0.3 mg/kg/hour.", [("0.3 mg/kg/h", "ketamine")], id="an inert agent has no such dose"),
        pytest.param("Ketamine 0.5 mg per kg was given.", [("0.5 mg/kg", "ketamine")], id="per kg is not a fixed dose"),
        pytest.param("Ketamine (0.4 mg per kilogram of body weight) was given.", [("0.4 mg/kg", "ketamine")], id="kilograms in full"),
        pytest.param("Esketamine was flexibly dosed (56 or 84 mg).", [("56 mg", "esketamine"), ("84 mg", "esketamine")], id="flexible doses"),
        pytest.param("Esketamine 0.2 mg/kg with propofol 2 mg/kg was given.", [("0.2 mg/kg", "esketamine")], id="the anaesthetic's dose"),
        pytest.param("Intrathecal ketamine 150 \u00b5g was given.", [("150 \u00b5g", "ketamine")], id="micrograms"),
        pytest.param("Ketamine 90 or 130 mcg was given.", [("90 \u00b5g", "ketamine"), ("130 \u00b5g", "ketamine")], id="micrograms by letters"),
        pytest.param("Ketamine 85 micrograms and fentanyl 35 micrograms were given.", [("85 \u00b5g", "ketamine")], id="micrograms in full"),
        pytest.param("Ketamine levels reached 140 \u00b5g/L.", [], id="micrograms a litre are a level"),
        pytest.param("Ketamine (0, 0.3 and 0.7 mg/kg) was given.", [("0.3 mg/kg", "ketamine"), ("0.7 mg/kg", "ketamine")], id="none at all is no dose"),
        pytest.param("Ketamine 0.4 mg/kg with epinephrine 20 \u00b5g was given.", [("0.4 mg/kg", "ketamine")], id="a pressor's dose"),
        pytest.param("Nadolol 35 mg came before ketamine (0.6 mg/kg).", [("0.6 mg/kg", "ketamine")], id="an unlisted drug by its stem"),
        pytest.param("Adults took ketamine (45 mg) or flunarapine (FLU). FLU (15 mg) came first.", [("45 mg", "ketamine")], id="an unlisted drug's abbreviation"),
        pytest.param("Men swallowed 1.4 mg ketamine/kg body weight.", [("1.4 mg/kg", "ketamine")], id="the drug within its unit"),
        pytest.param("Esketamine (between 14 and 42 mg) was given.", [("14-42 mg", "esketamine")], id="between two doses is a range"),
        pytest.param("Esketamine, 15 to 45 mg, was given as 15, 30 and 45 mg.", [("15 mg", "esketamine"), ("30 mg", "esketamine"), ("45 mg", "esketamine")], id="a range that sums up the list"),
        pytest.param("Esketamine, 15 to 45 mg, was mostly given as 30 mg.", [("15-45 mg", "esketamine"), ("30 mg", "esketamine")], id="a range whose ends are not listed"),
        pytest.param("Adults received sessions of 35 mg (n = 14) or 7 mg (n = 13) of oral esketamine, added to their usual care.", [("35 mg", "esketamine"), ("7 mg", "esketamine")], id="counts between the doses"),
        pytest.param("Volunteers received one low dose (18 mg) in the first week and, four weeks later in the laboratory, one high dose (36 mg) of esketamine.", [("18 mg", "esketamine"), ("36 mg", "esketamine")], id="far from the only drug of its sentence"),
        pytest.param("Ketamine was studied. Cohorts received oral doses of 12, 24 or 48 mg.", [("12 mg", "ketamine"), ("24 mg", "ketamine"), ("48 mg", "ketamine")], id="doses whose sentence names no drug"),
        pytest.param("Ketamine or diazepam was studied. Cohorts received oral doses of 12 mg.", [], id="doses that may be another drug's"),
        pytest.param("Ketamine was studied. Rescue analgesic use was 12 mg lower in those who received it.", [], id="what else was needed"),
        pytest.param("Ketamine began at 0.2 mg/kg, increased by 0.15 mg/kg a week.", [("0.2 mg/kg", "ketamine")], id="a step is no dose"),
        pytest.param("A single dose was followed by 0.15 mg/kg of ketamine.", [("0.15 mg/kg", "ketamine")], id="followed by a dose"),
        pytest.param("Simulated ketamine doses of 0.9 mg/kg reached the target.", [], id="a model's dose"),
        pytest.param("Men in a simulated car received ketamine 0.35 mg/kg.", [("0.35 mg/kg", "ketamine")], id="a simulated task is none"),
    ],
)  # fmt: skip
def test_doses_are_bound_to_their_drug(text, doses):
    assert [(dose.value, dose.drug) for dose in summarise(study(methods=text)).doses] == doses


def test_a_dose_of_the_background_is_left_out():
    citation = study(background="Ketamine 0.5 mg/kg is common.", methods="Ketamine was given.")
    assert summarise(citation).doses == ()


@pytest.mark.parametrize(
    ("text", "routes"),
    [
        pytest.param("Intravenous ketamine was given.", ["intravenous"], id="IV"),
        pytest.param("Esketamine nasal spray was given.", ["intranasal"], id="spray"),
        pytest.param("Ketamine (1.3 mg/kg p.o.) was given.", ["oral"], id="p.o."),
        pytest.param("Esketamine was infused.", ["intravenous"], id="the route is read, not assumed from the drug"),
        pytest.param("Esketamine was given.", [], id="not stated"),
        pytest.param("Ketamine and an oral antidepressant were given.", [], id="the antidepressant's route"),
        pytest.param("Patients met DSM-IV criteria and received ketamine.", [], id="DSM-IV is no vein"),
        pytest.param(
            "Adults got intravenous (IV) ketamine or intramuscular (IM) naltrexone.",
            ["intravenous"],
            id="the other drug's route",
        ),
    ],
)
def test_routes(text, routes):
    assert values(summarise(study(methods=text)).routes) == routes


@pytest.mark.parametrize(
    ("text", "regimen", "sessions"),
    [
        pytest.param("A single infusion of ketamine was given.", "single", 1, id="single"),
        pytest.param("Six infusions of ketamine over 12 days were given.", "repeated", 6, id="six"),
        pytest.param("Ketamine was infused twice weekly.", "repeated", None, id="twice weekly"),
        pytest.param("Patients with two failed antidepressant treatments received ketamine.", None, None, id="failed treatments are no sessions"),
        pytest.param("Esketamine or placebo was given twice weekly.", "repeated", None, id="in both arms"),
        pytest.param("Ketamine was added to six weeks of treatment.", "repeated", None, id="weeks of treatment"),
        pytest.param("Esketamine was given during induction of anaesthesia.", "single", 1, id="at an operation"),
        pytest.param("Scans were taken 2 hours after the ketamine infusion.", "single", 1, id="hours since the infusion"),
        pytest.param("The 22 normal controls had bolus injections of ketamine.", None, None, id="people are no sessions"),
        pytest.param("There were 3 treatment groups (a single dose of ketamine or saline).", "single", 1, id="treatment groups are no treatments"),
        pytest.param("Ketamine was the anaesthetic before each ECT session.", "repeated", None, id="before each session of ECT"),
        pytest.param("Esketamine 0.2 mg/kg or saline was given before skin closure.", "single", 1, id="given at one moment of an operation"),
        pytest.param("Pain on ketamine was rated two hours after surgery.", None, None, id="a moment at which nothing was given"),
        pytest.param("Ketamine or propofol served as the anaesthetic; scores were taken at the second and sixth ECT.", "repeated", None, id="the anaesthetic of a course of ECT"),
        pytest.param("Adults with TRD were randomised to ketamine or ECT; ECT sessions numbered nine.", None, None, id="ECT as the comparator"),
        pytest.param("Ketamine was the anesthetic for ECT treatments.", "repeated", None, id="an American anesthetic for ECT"),
        pytest.param("Patients had three ketamine-assisted psychotherapy sessions.", "repeated", 3, id="assisted sessions"),
        pytest.param("Patients had five integrative therapy sessions.", None, None, id="sessions of talking alone"),
        pytest.param("Adults had ketamine and were followed for 48 h.", None, None, id="followed for two days"),
        pytest.param("Esketamine was pumped for 72 h.", "continuous", None, id="pumped for three days"),
        pytest.param("Men took 15 mg/day paroxetine before ketamine.", None, None, id="another drug by the day"),
        pytest.param("Men took citalopram (15 mg) daily before ketamine.", None, None, id="another drug daily"),
        pytest.param("Men took ketamine or midazolam twice weekly.", "repeated", None, id="the drug or another twice weekly"),
        pytest.param("Men took midazolam or ketamine twice weekly.", "repeated", None, id="another or the drug twice weekly"),
        pytest.param("Men took eleven capsule doses of either ketamine or placebo.", "repeated", None, id="many doses"),
        pytest.param("Men took two doses of ketamine, 18 and 36 mg.", None, None, id="two doses may be two levels"),
        pytest.param("Psychotherapy was followed by two ketamine-assisted psychotherapy sessions.", "repeated", 2, id="sessions behind other sessions"),
        pytest.param("They received three oral doses, each eleven days apart.", "repeated", 3, id="doses that days lie between"),
        pytest.param("Tasks were resumed once ketamine levels had fallen.", None, None, id="once as a conjunction"),
        pytest.param("Three esketamine-treated men felt dizzy.", None, None, id="people under the drug are no doses"),
        pytest.param("Ketamine was given with four 30 \u00b5g fentanyl injections.", None, None, id="another drug's injections"),
        pytest.param("Adults unresponsive to at least two evidence-based treatments had ketamine.", None, None, id="treatments tried before"),
        pytest.param("Ketamine was infused; delirium was assessed twice daily.", None, None, id="ratings twice daily"),
        pytest.param("Ketamine was infused for 3 h, daily for nine days.", "repeated", None, id="daily for some days"),
        pytest.param("Mood was rated eleven weeks after the treatment with ketamine.", None, None, id="weeks after the treatment"),
        pytest.param("After ketamine the gains persisted for seven weeks.", None, None, id="gains that last for weeks"),
        pytest.param("Scores were taken one month after esketamine initiation.", "repeated", None, id="a treatment that is initiated"),
        pytest.param("Scores fell in the double-blind treatment phase of esketamine.", "repeated", None, id="the phase of a treatment"),
        pytest.param("Riluzole served relapse prevention behind ketamine.", None, None, id="relapse prevention by another drug"),
        pytest.param("We studied the long-term safety of ketamine.", None, None, id="safety over years"),
        pytest.param("After a bolus came a maintenance infusion of ketamine.", "continuous", None, id="a maintenance infusion"),
        pytest.param("Ketamine was given as a continuous infusion over 25 min.", None, None, id="continuous for some minutes"),
        pytest.param("Esketamine ran at a rate of 0.21 mg/kg/h.", "continuous", None, id="a rate by the hour"),
        pytest.param("In a within-subject design, men had ketamine and placebo.", "single", None, id="within subjects"),
        pytest.param("In a within-subjects, double-blind, placebo-controlled laboratory study men had ketamine.", "single", None, id="within subjects, further from its noun"),
        pytest.param("Changes were unlike the previously known acute effects of ketamine.", None, None, id="effects that others saw"),
        pytest.param("Men were tested in the placebo and ketamine conditions.", "single", None, id="conditions"),
        pytest.param("Scores changed within subjects under ketamine.", None, None, id="a change within subjects is no design"),
        pytest.param("We studied acute cardiovascular effects of ketamine.", "single", 1, id="acute effects"),
        pytest.param("Therapists spoke of a post-ketamine experience.", None, None, id="an experience behind the drug"),
        pytest.param("Moods were rated weekly after ketamine.", None, None, id="ratings weekly after the drug"),
        pytest.param("Men on daily sertraline received ketamine.", None, None, id="another drug daily, then the drug"),
        pytest.param("Men had weekly low-dose ketamine.", "repeated", None, id="the drug weekly"),
        pytest.param("Ketamine lozenges were taken nightly.", "repeated", None, id="taken nightly"),
        pytest.param("Nine men had three subcutaneous shots of ketamine.", "repeated", 3, id="shots"),
        pytest.param("An average of 7.4 infusions was given.", "repeated", None, id="a mean number of infusions"),
        pytest.param("A mean of 2.9 points lower was seen under ketamine.", None, None, id="a mean of points"),
        pytest.param("The spray was started and continued for thirteen weeks.", "repeated", None, id="continued for weeks"),
        pytest.param("Ketamine was given; the gain continued for hours.", None, None, id="a gain that continued"),
        pytest.param("Ketamine-assisted therapy was delivered over nine weeks.", "repeated", None, id="delivered over weeks"),
        pytest.param("Those still ill got a second dose two weeks later.", "repeated", None, id="a second dose after weeks"),
        pytest.param("Those still in pain got a further dose of morphine.", None, None, id="a further dose of something else"),
        pytest.param("On separate visits men got S-ketamine or saline.", "single", None, id="on separate visits"),
        pytest.param("Women had a shot of esketamine right after cord clamping.", "single", 1, id="a shot at an operation"),
        pytest.param("Esketamine was injected before the colonoscopy.", "single", 1, id="before an endoscopy"),
        pytest.param("Men came for ketamine on one morning.", "single", 1, id="on one morning"),
        pytest.param("Men had ketamine and were seen every week by a nurse.", None, None, id="seen every week"),
        pytest.param("Men had ketamine and were followed every three weeks.", None, None, id="followed every three weeks"),
        pytest.param("Maintenance treatment with lithium went on while ketamine was given.", None, None, id="maintenance with another drug"),
        pytest.param("After seven treatments with ECT men had ketamine.", None, None, id="treatments with ECT"),
        pytest.param("Men had three infusions of midazolam or ketamine.", "repeated", 3, id="infusions of another or the drug"),
        pytest.param("Single-blind ketamine was given.", None, None, id="single-blind"),
        pytest.param("Men with single-episode depression had ketamine.", None, None, id="a single episode"),
        pytest.param("A single dose of psilocybin was compared with ketamine.", None, None, id="a single dose of another drug"),
        pytest.param("Men had a single dose of midazolam or ketamine.", "single", 1, id="a single dose of another or the drug"),
        pytest.param("Ketamine was infused continuously for 35 min.", None, None, id="continuously for some minutes"),
        pytest.param("Women had esketamine 0.3 mg/kg over 30 minutes on days 1, 4 and 8.", "repeated", None, id="on several days"),
        pytest.param("Women had ketamine and were rated on days 1, 4 and 8.", None, None, id="rated on several days"),
        pytest.param("In this crossover trial men had ketamine 0.4 mg/kg weekly for five weeks and saline.", "repeated", None, id="weekly, in a crossover"),
        pytest.param("Men had intranasal ketamine 60 mg on three occasions or saline.", "repeated", None, id="a dose on several occasions"),
        pytest.param("Men had saline and ketamine 0.4 mg/kg on two occasions in random order.", "single", None, id="one drug on each occasion"),
        pytest.param("PCIA with morphine was used after ketamine.", None, None, id="a pump with another drug"),
    ],
)  # fmt: skip
def test_regimen(text, regimen, sessions):
    found = summarise(study(methods=text)).regimen
    assert (found.value if found else None, found.sessions if found else None) == (regimen, sessions)


@pytest.mark.parametrize(
    ("title", "methods", "conclusions", "regimen"),
    [
        pytest.param("A randomized trial.", "Patients were randomly assigned to ketamine 0.6 mg/kg or saline.", "", None, id="a dose does not say how often"),
        pytest.param("A randomized trial.", "Patients were randomly assigned to ketamine 0.6 mg/kg or saline, with flexible dosing.", "", None, id="a dose that may change"),
        pytest.param("A randomized trial.", "Patients were randomly assigned to ketamine or saline.", "", None, id="no dose is named"),
        pytest.param("A retrospective cohort study.", "Patients who had ketamine 0.6 mg/kg were reviewed.", "", None, id="a dose of daily practice"),
        pytest.param("A randomized trial.", "Healthy volunteers were randomly assigned to ketamine 0.35 mg/kg or saline.", "", None, id="a dose of healthy volunteers"),
        pytest.param("A randomized trial.", "Healthy volunteers were randomly assigned to ketamine 0.35 mg/kg or saline once a week.", "", "repeated", id="healthy volunteers dosed weekly"),
        pytest.param("A randomized trial.", "Patients with depression and healthy volunteers got ketamine 0.35 mg/kg.", "", None, id="a dose of patients beside healthy volunteers"),
        pytest.param("A randomized trial.", "Patients undergoing colonoscopy were randomly assigned to ketamine 0.35 mg/kg or saline.", "", None, id="a dose of people at an operation"),
        pytest.param("A randomized trial.", "Patients undergoing surgery were randomly assigned to ketamine or saline.", "", None, id="an operation without a dose"),
        pytest.param("A randomized trial.", "Patients under general anaesthesia for ECT were randomly assigned to ketamine 0.35 mg/kg or saline.", "", None, id="the anaesthetic of ECT"),
        pytest.param("A cohort study.", "Patients undergoing surgery who had had ketamine 0.35 mg/kg were reviewed.", "", None, id="a dose at operations that were looked back at"),
        pytest.param("Mood in recreational ketamine users.", "Users were rated three days after ketamine and once a week.", "", None, id="what people take by themselves"),
        pytest.param("Recreational ketamine users: a randomized trial.", "Users were randomly assigned to a single dose of ketamine or placebo.", "", "single", id="users in a trial"),
        pytest.param("Chronic low-dose ketamine in pain: a case series.", "Nine people had ketamine infusions once a week.", "", "repeated", id="a treatment for long is no own use"),
        pytest.param("Ketamine and addiction: a case series.", "Nine drinkers had ketamine infusions once a week.", "", "repeated", id="addiction to something else"),
        pytest.param("A crossover trial.", "In a crossover men had ketamine and saline.", "Repeated infusions should be tried.", "single", id="a conclusion asks for more"),
        pytest.param("A cohort study.", "Adults had ketamine.", "Repeated ketamine infusions were safe.", "repeated", id="a conclusion alone"),
    ],
)  # fmt: skip
def test_regimen_of_a_study(title, methods, conclusions, regimen):
    found = summarise(study(title, methods=methods, conclusions=conclusions)).regimen
    assert (found.value if found else None) == regimen


@pytest.mark.parametrize(
    ("text", "time"),
    [
        pytest.param("Ketamine was infused across 55 minutes.", "55 min", id="across"),
        pytest.param("Ketamine was administered in 35 minutes.", "35 min", id="administered in"),
        pytest.param("A 50-min ketamine or normal saline infusion was given.", "50 min", id="one infusion of each"),
        pytest.param("A ketamine bolus was followed by an infusion for 75 min.", "75 min", id="followed by an infusion"),
        pytest.param("After ketamine infusion patients were followed for 80 min.", None, id="how long people were followed"),
        pytest.param("Ketamine 0.5 mg/kg was infused over 40 minutes.", "40 min", id="over"),
        pytest.param("A 45-min infusion of esketamine was given.", "45 min", id="as an adjective"),
        pytest.param("Ketamine was infused for ninety-six hours.", "96 h", id="number words"),
        pytest.param("Patients had ketamine or midazolam, each given over 40 minutes.", "40 min", id="one time for each"),
        pytest.param("Patients had ketamine 0.5 mg/kg or midazolam 0.03 mg/kg over 40 minutes.", "40 min", id="one time for both arms"),
        pytest.param("Ketamine was given. Midazolam was infused over 20 minutes.", None, id="another drug's time"),
        pytest.param("After the infusion of ketamine patients were observed for 120 minutes.", None, id="a time of watching"),
        pytest.param("Scores were taken 40 minutes after the ketamine infusion.", None, id="a time of measuring"),
        pytest.param("Ketamine relieved pain for 26 h.", None, id="how long it helped"),
        pytest.param("Ketamine 0.35 mg/kg gave analgesia for 85 min.", None, id="how long a dose helped"),
        pytest.param("The effects of ketamine lasted 65 min.", None, id="how long it was felt"),
        pytest.param("Esketamine was given by patient-controlled analgesia for 36 h.", None, id="patient-controlled analgesia"),
        pytest.param("Ketamine was given and blood was drawn for 5 h.", None, id="how long blood was drawn"),
        pytest.param("Intravenous ketamine was given during an endoscopy lasting 25 min.", None, id="how long a procedure lasted"),
        pytest.param("Ketamine was held under the tongue for 12 min.", None, id="how long it was held in the mouth"),
        pytest.param("Ketamine (0.15 mg kg-1 hr-1) or saline ran for 36 hr.", "36 h", id="a rate by powers"),
        pytest.param("The ketamine infusion lasted 55 min.", "55 min", id="how long the infusion lasted"),
        pytest.param("Ketamine was given.", None, id="none"),
    ],
)  # fmt: skip
def test_infusion_time_is_that_of_the_drug(text, time):
    found = summarise(study(methods=text)).infusion_time
    assert (found.value if found else None) == time


@pytest.mark.parametrize(
    ("text", "comparators", "control"),
    [
        pytest.param("Patients were randomised to ketamine or midazolam.", ["midazolam"], "active-placebo", id="active placebo"),
        pytest.param("Patients were randomised to ketamine or placebo (saline).", ["placebo", "saline"], "placebo", id="saline placebo"),
        pytest.param("Patients were randomised to ketamine or electroconvulsive therapy.", ["ect"], "active-treatment", id="ECT compared"),
        pytest.param("Patients undergoing ECT received ketamine.", [], None, id="ECT as the setting"),
        pytest.param("This open-label study gave ketamine to patients.", [], "none", id="open label, one arm"),
        pytest.param("Ketamine was given.", [], None, id="not stated"),
        pytest.param("Twenty ketamine users were compared with matched controls.", [], "usual-care", id="another group"),
        pytest.param("Ketamine users were compared with 'healthy' people.", [], "usual-care", id="a group in quotation marks"),
        pytest.param("Those given ketamine were held beside historical controls.", [], "usual-care", id="historical controls"),
        pytest.param("We scanned ketamine users and drug-naive people.", [], "usual-care", id="people who never took it"),
        pytest.param("Women who had ketamine were compared with women who got none.", [], "usual-care", id="a group that got none"),
        pytest.param("Outcomes of those on ketamine and of inpatients not treated with it differed.", [], "usual-care", id="a group that was not treated with it"),
        pytest.param("All 23 men had ketamine, without a parallel group.", [], "none", id="no parallel group"),
        pytest.param("Ketamine was compared with placebo in earlier trials; we gave it open-label.", [], "none", id="what other trials compared"),
        pytest.param("The placebo response was modelled in patients given ketamine.", [], None, id="a placebo response"),
        pytest.param("Midazolam was given before ketamine to calm the children.", [], None, id="midazolam given before ketamine"),
        pytest.param("All men had open-label ketamine and nobody got placebo.", [], "none", id="nobody got placebo"),
        pytest.param("Patients had ketamine or 5% glucose.", ["placebo"], "placebo", id="glucose with its strength in front"),
        pytest.param("Patients had esketamine or an inert spray.", ["placebo"], "placebo", id="an inert spray"),
        pytest.param("Patients with depression and healthy controls were scanned after ketamine.", [], "usual-care", id="healthy controls"),
        pytest.param("Patients were scanned before and after a ketamine infusion.", [], "none", id="one group, before and after"),
        pytest.param("Thirteen women with migraine had a ketamine infusion; their pain eased.", [], "none", id="people who were all given it"),
        pytest.param("Thirteen women with migraine had a ketamine infusion; pain eased in both groups.", [], None, id="groups, whatever they had"),
        pytest.param("In a cross-over study 13 women had a ketamine infusion.", [], None, id="a crossover with something that is not told"),
        pytest.param("Twenty-three dependent subjects and 21 drug-free healthy volunteers were scanned after ketamine.", [], "usual-care", id="subjects and healthy volunteers"),
        pytest.param("After ketamine the rate of delirium was not different from that of other patients.", [], "usual-care", id="not different from others is a comparison"),
        pytest.param("Mothers who took ketamine (n = 14) were compared to those who had not (n = 33).", [], "usual-care", id="those who had not"),
        pytest.param("Twenty-four patients who had not responded to two drugs had a ketamine infusion.", [], "none", id="patients who had not responded are no other group"),
        pytest.param("Patients were randomised to have etomidate alone or etomidate plus ketamine.", [], "usual-care", id="the same without ketamine"),
        pytest.param("Patients were randomised to anaesthesia with or without esketamine.", [], "usual-care", id="with or without it"),
        pytest.param("Patients were randomised; they were scanned before and after ketamine.", [], None, id="a randomised study has a control, named or not"),
        pytest.param("Two subcutaneous doses of ketamine were given.", [], None, id="a count of doses compares none"),
        pytest.param("Patients were randomised to ketamine 0.2 or 0.5 mg/kg.", ["ketamine-dose"], "dose-comparison", id="two doses held against each other"),
        pytest.param("A bolus of ketamine 0.22 mg/kg and 0.58 mg/kg over an hour was given in groups.", [], None, id="a bolus with its infusion"),
        pytest.param("This trial compared oral versus intravenous ketamine.", ["ketamine-dose"], "dose-comparison", id="two routes"),
        pytest.param("Patients were randomised to ketamine or midazolam (active placebo).", ["midazolam"], "active-placebo", id="one comparator with two names"),
        pytest.param("Patients received midazolam 0.03 mg/kg followed by ketamine.", [], None, id="midazolam beside ketamine"),
        pytest.param("Controls had paired-pulse transcranial magnetic stimulation as a measure and got ketamine.", [], None, id="stimulation as a measure"),
        pytest.param("Patients received either ECT or ketamine.", ["ect"], "active-treatment", id="either"),
        pytest.param("Patients were randomised to ketamine with psychotherapy or psychotherapy alone.", [], "usual-care", id="the other part alone"),
        pytest.param("Patients got ketamine after surgery. The first group served as a control.", [], "usual-care", id="a group that served as control"),
        pytest.param("Patients were scanned before and after ketamine and served as their own controls.", [], "none", id="their own controls"),
        pytest.param("Treated and never-treated women did not differ after ketamine.", [], "usual-care", id="those never treated"),
        pytest.param("Women filled in scales before and after ketamine; those who dropped out did not differ from those who did not.", [], "none", id="those who stayed are no other group"),
    ],
)  # fmt: skip
def test_comparators_and_control(text, comparators, control):
    summary = summarise(study("A study.", methods=text))
    assert values(summary.comparators) == comparators
    assert (summary.control.value if summary.control else None) == control


def test_a_drug_that_a_list_names_once_is_no_subject():
    citation = study("MDMA at festivals: a survey.", methods="Visitors were asked about cocaine, GHB and ketamine.")
    assert summarise(citation).drugs == ()


def test_phase_from_words_and_from_the_publication_type():
    assert summarise(study(methods="A phase 3 trial of esketamine.")).phase.value == "3"
    assert summarise(study(types=("Clinical Trial, Phase II",))).phase.value == "2"
    assert summarise(study(methods="In the acute phase 2 patients left.")).phase is None


# --- outcomes -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "scales"),
    [
        pytest.param("The MADRS was used.", ["MADRS"], id="acronym"),
        pytest.param("The Montgomery\u2013\u00c5sberg Depression Rating Scale was used.", ["MADRS"], id="name with an en dash"),
        pytest.param("HAMD17 and MADRS10 were used.", ["MADRS", "HAM-D"], id="digits glued on"),
        pytest.param("The Clinician-Administered PTSD Scale for DSM-5 (CAPS-5) was used.", ["CAPS-5"], id="edition"),
        pytest.param("CAPS (capsules) of ketamine were taken.", [], id="capsules"),
        pytest.param("SSI (surgical site infection) was rare.", [], id="infection"),
        pytest.param("Patients with SAD in winter took part.", [], id="SAD is no scale"),
        pytest.param("The GRID-HAMD-17 was rated by phone.", ["HAM-D"], id="an edition whose name stands before the acronym"),
        pytest.param("Insight came from altered states of consciousness (ASC) alone.", [], id="states of consciousness are no scale"),
        pytest.param("The Altered States of Consciousness Scale (ASC) was given at noon.", ["5D-ASC"], id="the scale of them, its acronym not told twice"),
        pytest.param("The 5 Dimensions of Altered States of Consciousness were rated.", ["5D-ASC"], id="their dimensions"),
        pytest.param("Tones came at an interstimulus interval (ISI) of 7 s.", [], id="an interval between stimuli"),
        pytest.param("We rated positive and negative symptoms scales (SANS).", ["SANS"], id="scales of symptoms are none by name"),
        pytest.param("The Positive and Negative Symptom Scale was used.", ["PANSS"], id="a name that is often misprinted"),
        pytest.param("The Bayley Scales (III) were given.", ["BSID-III"], id="the number of an edition is no acronym"),
        pytest.param("The NEO PI-R Personality Inventory (NEO) was given.", ["NEO-PI-R"], id="a known name goes on before the bracket"),
        pytest.param("The VAS, and the Zarvold Calm Scale (ZCS), were given.", ["VAS", "ZCS"], id="another scale behind a known one"),
        pytest.param("The ZCS (Mini-Mental State Questionnaire) was given.", ["MMSE"], id="a known name explains an acronym"),
        pytest.param("The Observer's Assessment of Alertness was used.", ["MOAA/S"], id="a name with an apostrophe"),
        pytest.param("Children\u2019s Depression Rating Scale scores fell.", ["CDRS-R"], id="a curved apostrophe"),
        pytest.param("Drinking was counted by the time-line follow-back.", ["TLFB"], id="a name of several spellings"),
        pytest.param("SCS, WAI, BRS and PDI were raised.", [], id="acronyms of many meanings need the name"),
        pytest.param("The Working Alliance Inventory was filled in; WAI rose.", ["WAI"], id="and count with it"),
        pytest.param("The EuroQol visual analogue scale was used.", ["EQ-VAS"], id="a scale of its own within a name"),
        pytest.param("A visual analog mood scale was drawn.", ["VAMS"], id="visual scales of mood"),
    ],
)  # fmt: skip
def test_scales(text, scales):
    assert values(summarise(study(methods=text)).scales) == scales


def test_harms_are_those_reported_and_not_those_denied():
    citation = study(
        results="Adverse events were nausea and dissociation. There was no mania or psychosis as a side effect."
    )
    harms = values(summarise(citation).harms)
    assert {"nausea", "dissociation"} <= set(harms)
    assert "mania" not in harms


# --- conclusion, flags, registrations -------------------------------------------------------------------------


def test_the_conclusion_is_the_authors_own_words_and_short():
    first = "Ketamine reduced symptoms for one week in this invented trial."
    citation = study(results="Scores fell.", conclusions=f"{first} {'It may be worth a longer look at them. ' * 9}")
    conclusion = summarise(citation).conclusion
    assert conclusion.quote.startswith(first)
    assert len(conclusion.quote) <= 300


def test_a_retracted_study_shows_no_results():
    citation = study(
        results="Nausea was an adverse event.",
        conclusions="Ketamine worked very well indeed in this study.",
        notices=(Notice(ref_type="RetractionIn"),),
    )
    summary = summarise(citation)
    assert "retracted" in summary.flags
    assert (summary.findings, summary.direction, summary.conclusion, summary.harms) == ((), None, None, ())


def test_a_protocol_shows_no_results():
    citation = study(
        "Ketamine for PTSD: study protocol.",
        methods="Forty adults will be randomised.",
        conclusions="Ketamine will be shown to work in them.",
    )
    summary = summarise(citation)
    assert (summary.findings, summary.direction, summary.conclusion) == ((), None, None)
    assert summary.sample_size.value == 40


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        pytest.param("A pilot trial of ketamine.", "pilot", id="pilot"),
        pytest.param("A crossover trial of ketamine.", "crossover", id="crossover"),
        pytest.param("Veterans received ketamine.", "veterans", id="veterans"),
        pytest.param("This trial was funded by Janssen.", "industry-linked", id="sponsor in the text"),
        pytest.param("Patients were randomised to ketamine or midazolam.", "active-placebo", id="active placebo"),
        pytest.param("Patients were randomised to ketamine or saline.", "inert-placebo", id="inert placebo"),
    ],
)
def test_flags(text, flag):
    assert flag in summarise(study(methods=text)).flags


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        pytest.param("What is known comes mainly from small crossover trials. We gave ketamine to 31 adults.", (), id="trials of others"),
        pytest.param("Open-label studies gave hope. We gave ketamine to 31 adults.", (), id="studies of others"),
        pytest.param("We pooled our two crossover trials of ketamine.", ("crossover",), id="trials of their own"),
        pytest.param("This crossover trial of ketamine had 31 participants.", ("crossover",), id="one trial"),
    ],
)  # fmt: skip
def test_designs_of_others_are_no_flags(text, flags):
    assert summarise(study(methods=text)).flags == flags


def test_a_scale_that_ends_in_a_letter_may_end_a_sentence():
    text = "Half of them had remitted on the HAM-A. At 5 months a third came for ketamine. J. Doe rated them."
    reading = prepare(study(results=text))
    told = [passage.plain[one.start : one.end] for passage, one in reading.sentences() if one.zone == "results"]
    assert told == [
        "Half of them had remitted on the HAM-A.",
        "At 5 months a third came for ketamine.",
        "J. Doe rated them.",
    ]


def test_a_primary_outcome_that_was_not_met_is_flagged():
    citation = study("Ketamine: a randomised trial.", results="The primary outcome was not met (P = 0.4).")
    assert "primary-outcome-not-met" in summarise(citation).flags


TRIAL = "Patients were randomised to ketamine or midazolam."


@pytest.mark.parametrize(
    ("results", "conclusions", "direction"),
    [
        pytest.param("On the primary outcome ketamine was superior to midazolam.", "It works.", "favours-ketamine", id="primary outcome better"),
        pytest.param("The primary outcome did not differ between ketamine and midazolam.", "Ketamine may be effective.", "no-difference", id="the primary outcome outranks the conclusion"),
        pytest.param("Scores fell.", "Ketamine had no greater effect than midazolam on the scores of these patients.", "no-difference", id="no greater effect"),
        pytest.param("Scores fell.", "Ketamine cannot significantly reduce symptoms in these patients.", "no-difference", id="cannot"),
        pytest.param("Scores fell.", "Ketamine reduced PTSD scores significantly more than midazolam did.", "favours-ketamine", id="more than the control"),
        pytest.param("Scores fell.", "Midazolam was superior to ketamine in these patients.", "favours-comparator", id="the comparator was better"),
        pytest.param("Adverse events did not differ between ketamine and midazolam.", "Both were given.", "unclear", id="a safety null is no null result"),
        pytest.param("Scores did not differ between the two doses of ketamine.", "Both doses were given.", "unclear", id="two doses that do not differ"),
        pytest.param("Scores fell.", "Larger trials should follow this one.", "unclear", id="nothing said"),
    ],
)  # fmt: skip
def test_direction_is_read_only_where_a_sentence_says_it(results, conclusions, direction):
    found = summarise(study("A study.", methods=TRIAL, results=results, conclusions=conclusions)).direction
    assert (found.value if found else None) == direction


def test_one_arm_compares_nothing():
    citation = study(
        "A study.", methods="This open-label study gave ketamine to patients.", conclusions="Ketamine may be effective."
    )
    assert summarise(citation).direction.value == "not-comparative"


def test_registrations_are_read_as_their_register_writes_them():
    citation = study(methods="Registered as NCT 01234567 and ChiCTR2000012345.")
    assert values(summarise(citation).registrations) == ["NCT01234567", "ChiCTR2000012345"]


@pytest.mark.parametrize(
    ("text", "role"),
    [
        pytest.param("Ketamine was combined with psychotherapy.", "all-arms", id="with"),
        pytest.param("After ketamine, responders received cognitive behavioral therapy.", "sequential", id="after"),
        pytest.param("Ketamine was given.", "none-stated", id="none"),
        pytest.param(
            "Ketamine-assisted electroconvulsive therapy was given.", "none-stated", id="ECT is no psychotherapy"
        ),
    ],
)
def test_psychotherapy_and_its_role(text, role):
    assert summarise(study("A study.", methods=text)).psychotherapy.value == role


# --- the ground it stands on ----------------------------------------------------------------------------------


def test_normalised_text_keeps_every_offset():
    text = "P\u2009=\u20090\u00b705, \u22123.9, caf\u00e9\u2019s \u0130"
    assert len(plain_text(text)) == len(text)
    assert len(prepare(study("\u0130\u0130 ketamine")).low) == len("\u0130\u0130 ketamine")


@pytest.mark.parametrize(
    ("text", "number"),
    [("1,054", 1054), ("twenty-nine", 29), ("thirty two", 32), ("one hundred and five", 105), ("four twenty", None)],
)
def test_numbers_in_words(text, number):
    assert value_of(text) == number


@pytest.mark.parametrize(
    ("pattern", "openings"),
    [
        pytest.param(r"\b(?:mouse|rats?)\b", {"^mouse", "^rat", "^rats"}, id="each alternative has its own"),
        pytest.param(r"behaviou?r", {"behaviou", "behavior"}, id="no more than eight letters"),
        pytest.param(r"(?:ab)?de", {"abde", "de"}, id="an optional group may be missing"),
        pytest.param(r"(?<!ab)nor", {"nor"}, id="look-around is not in the match"),
        pytest.param(r"(?<![\w.])[ab]", {"^a", "^b"}, id="where no letter stands before it, a word begins"),
        pytest.param(r"(?<![\d.])[ab]", {"a", "b"}, id="where a letter may stand before it, none need begin"),
        pytest.param(r"\b[ht]?ip", {"^hip", "^tip", "^ip"}, id="each sign of a class"),
        pytest.param(r"[2-4]+mg", {"2", "3", "4"}, id="nothing is known behind what may be repeated"),
        pytest.param(r"\bthe \w+", {"^the "}, id="nor behind any letter"),
        pytest.param(r"^re:|\(re\)", {"^re:", "(re)"}, id="the beginning of the text is one of a word"),
        pytest.param(r"\w+|abc", None, id="an alternative that begins with anything"),
        pytest.param(r"(?:abc)*", None, id="a match of nothing"),
    ],
)
def test_letters_that_a_match_begins_with(pattern, openings):
    found = openings_of(pattern)
    told = found and {f"{'^' if opening.at_word else ''}{opening.letters}" for opening in found}
    assert told == openings


@pytest.mark.parametrize(
    ("pattern", "closings"),
    [
        pytest.param(r"\b(?:group|arms?)\b", {"group", "arm", "arms"}, id="each alternative has its own"),
        pytest.param(r"total number of ", {"mber of "}, id="no more than eight letters"),
        pytest.param(r"in \w+ of", {" of"}, id="nothing is known before what may be any letter"),
        pytest.param(r"\b(?:total|all) ?", {"total", "total ", "all", "all "}, id="a space that may be missing"),
        pytest.param(r"of \w*", None, id="an end that may be any letter"),
    ],
)
def test_letters_that_a_match_ends_with(pattern, closings):
    found = closings_of(pattern)
    assert (found and set(found)) == closings


def patterns_of(value: object) -> Iterator[re.Pattern[str]]:
    """Every pattern of a table, however deep it lies."""
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, Wording):
        yield from patterns_of(tuple(getattr(value, field.name) for field in fields(value)))
    elif isinstance(value, Ending | Opened | Sought):
        yield value.pattern
    elif isinstance(value, dict):
        yield from patterns_of(tuple(value.values()))
    elif isinstance(value, tuple):
        for part in value:
            yield from patterns_of(part)


EVERY_PATTERN = tuple(
    {
        pattern.pattern: pattern
        for module in iter_modules(aggregator.evidence.__path__, "aggregator.evidence.")
        for name, value in vars(import_module(module.name)).items()
        if not name.startswith("__")
        for pattern in patterns_of(value)
    }.values()
)


def some(match: re.Match[str] | None) -> list[re.Match[str]]:
    return [match] if match else []


def same(one: Iterable[re.Match[str]], other: Iterable[re.Match[str]]) -> bool:
    return [(match.span(), match.groups()) for match in one] == [(match.span(), match.groups()) for match in other]


PIECES = st.sampled_from(
    [
        "Ketamine", "esketamine", "(S)-ketamine", "0.5 mg/kg", "0,5\u2013", "mg/kg", "patients", "with", "PTSD", "TRD", "N = 30", "(n=12)", "randomised", "placebo",
        "twenty-nine", "forty", "healthy controls", "were randomly assigned to", "MADRS", "CAPS-5", "Conclusions:", "Results:", "METHODS", ".", ". ", "; ", "(", ")", "%", "\n", "\u2212",
        "\u0130", "\u00a0", "study protocol", "meta-analysis", "64 studies (5299 participants)", "mice", "i.p.", "adverse events", "nausea", "no", "NCT01234567", "aged 18-65 years", "Phase 3 trial",
        "six infusions", "single", "dose", "and 340 to", "group", "we", "In conclusion,", "vs.", "95% CI", "\U0001f600",
    ]
)  # fmt: skip
TEXTS = st.one_of(st.lists(PIECES, max_size=30).map(" ".join), st.text(max_size=80))


#: Every literal word that stands in a pattern: texts of them come near to what the patterns look for.
WORDS_OF_PATTERNS = st.sampled_from(
    sorted({word for pattern in EVERY_PATTERN for word in re.findall(r"(?<!\\)[A-Za-z]{2,}", pattern.pattern)})
)
WORDY_TEXTS = st.lists(st.one_of(WORDS_OF_PATTERNS, PIECES, st.sampled_from("-,.(0 7/=")), max_size=40).map(
    lambda words: " ".join(words).replace(" - ", "-").replace(" 0 ", "")
)


def test_most_patterns_are_tried_at_few_places_only():
    planned = [pattern for pattern in EVERY_PATTERN if openings_of(pattern.pattern)]
    assert len(EVERY_PATTERN) > 400
    assert len(planned) > 0.8 * len(EVERY_PATTERN)


#: Tables that plan each pattern at once.
PLANNED_LOWER, PLANNED_CASED = Tables(lower_case=True), Tables(lower_case=False)


@settings(max_examples=25, deadline=None)
@given(text=WORDY_TEXTS, start=st.integers(0, 60), length=st.integers(0, 200))
def test_a_text_finds_what_every_pattern_finds(text, start, length):
    end = start + length
    for tables, words in ((PLANNED_LOWER, text.lower()), (PLANNED_CASED, text)):
        indexed = Text(words, tables)
        for pattern in EVERY_PATTERN:
            assert same(indexed.finditer(pattern), pattern.finditer(words)), pattern.pattern
            assert same(indexed.finditer(pattern, start, end), pattern.finditer(words, start, end)), pattern.pattern
            assert same(some(indexed.search(pattern, start)), some(pattern.search(words, start))), pattern.pattern


def test_a_pattern_first_looked_for_in_a_text_that_is_there_already_is_found():
    tables = Tables(lower_case=True)
    text = Text("ketamine or midazolam, by mouth", tables)
    assert [match.start() for match in text.finditer(re.compile(r"\bmidazolam\b|\bketamine\b"))] == [0, 12]
    assert text.search(re.compile(r"\bplacebo\b")) is None


@settings(max_examples=40, deadline=None)
@given(texts=st.lists(WORDY_TEXTS.map(str.lower), min_size=1, max_size=8), patience=st.integers(0, 6))
def test_a_pattern_finds_the_same_before_and_after_it_is_planned(texts, patience):
    tables = Tables(lower_case=True, patience=patience)
    for text in texts:
        indexed = Text(text, tables)
        for pattern in EVERY_PATTERN[::40]:
            assert same(indexed.finditer(pattern), pattern.finditer(text)), pattern.pattern
            assert same(some(indexed.search(pattern)), some(pattern.search(text))), pattern.pattern


def test_the_first_texts_are_searched_without_plans():
    tables, pattern = Tables(lower_case=True, patience=2), re.compile(r"\bketamine\b")
    planned = []
    for _ in range(4):
        assert Text("ketamine by mouth", tables).search(pattern)
        planned.append(bool(tables.plans))
    assert planned == [False, False, True, True]


EVERY_ENDING = [
    value
    for value in (*vars(sample).values(), *dict(treatment.DRUG_PREFIX_ENDINGS).values())
    if isinstance(value, Ending)
]


@settings(deadline=None)
@given(text=WORDY_TEXTS, ending=st.sampled_from(EVERY_ENDING))
def test_an_ending_is_found_where_its_pattern_finds_it(text, ending):
    for cut in range(len(text) + 1):
        before = text[:cut].lower()
        assert same(some(ending.search(before)), some(ending.pattern.search(before)))


EVERY_OPENED = [value for value in vars(claims).values() if isinstance(value, Opened)]


@settings(deadline=None)
@given(text=WORDY_TEXTS, opened=st.sampled_from(EVERY_OPENED))
def test_a_list_tried_at_openings_only_finds_what_its_pattern_finds(text, opened):
    assert same(some(opened.search(text.lower())), some(opened.pattern.search(text.lower())))


EVERY_SOUGHT = tuple(
    {
        id(value): value
        for module in iter_modules(aggregator.evidence.__path__, "aggregator.evidence.")
        for value in vars(import_module(module.name)).values()
        if isinstance(value, Sought)
    }.values()
)


@settings(max_examples=40, deadline=None)
@given(text=WORDY_TEXTS, start=st.integers(0, 40), length=st.integers(0, 200))
def test_a_pattern_sought_by_its_letters_finds_what_it_finds_by_itself(text, start, length):
    words, end = text.lower(), start + length
    for sought in EVERY_SOUGHT:
        pattern = sought.pattern
        assert same(some(sought.search(words, start, end)), some(pattern.search(words, start, end))), pattern.pattern
        assert same(some(sought.match(words, start, end)), some(pattern.match(words, start, end))), pattern.pattern
        assert same(some(sought.fullmatch(words)), some(pattern.fullmatch(words))), pattern.pattern
        assert same(sought.finditer(words, start, end), pattern.finditer(words, start, end)), pattern.pattern
        assert sought.sub("", words) == pattern.sub("", words), pattern.pattern


@pytest.mark.parametrize(
    ("pattern", "all_of", "one_of"),
    [
        pytest.param(r"\b(?:mouse|rats?)\b", "mouse. rat", ["mouse. rat"], id="an ending may be missing"),
        pytest.param(r"\bfirst dose|\bnext (?:\w+ )?arm\b", "first. next.", ["first. + dose", "next. + arm."], id="each alternative has its own"),
        pytest.param(r"kept(?= in \bmind)", "mind; -kept", ["-kept"], id="what is looked ahead for; letters within a word"),
        pytest.param(r"kept(?! in mind)", "-kept", ["-kept"], id="not what must not follow"),
        pytest.param(r"(?:at a )?\bcare", "care", ["care"], id="not what may be missing"),
        pytest.param(r"\bold{2,3} rats", "old. rats", ["old. + rats", "rats + old"], id="what stands oftener, once"),
        pytest.param(r"a|\bbc", "", [], id="an alternative without a word"),
        pytest.param(r"(?i)\bword", "", [], id="nothing where capitals do not count"),
        pytest.param(r"(?i:\bword) here", "here", ["here"], id="nor in a group where they do not"),
    ],
)  # fmt: skip
def test_words_that_no_match_is_without(pattern, all_of, one_of):
    def shown(need: Iterable[str]) -> str:
        return " ".join(sorted(need)).replace("\0", ".").replace("\1", "-")

    needs = needs_of(pattern)
    assert "; ".join(map(shown, needs.all_of)) == all_of
    assert [" + ".join(map(shown, some)) for some in needs.one_of] == one_of


#: Parts of invented patterns, and words that come near to what these find.
PARTS = st.sampled_from(
    [
        r"\b", r"\bold", "old", "er", "s?", "(?:s|ly)?", r"\w*", " ", "[ -]", r"\W", r"[^\w.]", r"[\w-]+ ", r"(?:\w+ ){0,2}?", "(?:rats|a mouse)", r"\b(?:in|of the)\b", "(?:old |new )*",
        "(?:ab){1,2}", "(?= of)", r"(?<=the )", "(?!rats)", r"(?<!\w)", r"(?<![\w.,])", "^", "$", r"\d+", r"(?:x|y\b)", "-", r"\(", "(?:one|(?:two|three) rats?|)", "(?>mice|mouse)", "(no)", "[rm]", "ice",
    ]
)  # fmt: skip
NEAR = st.lists(
    st.sampled_from(
        [
            "old",
            "older",
            "rats",
            "mouse",
            "mice",
            "the",
            "of",
            "in",
            "a",
            "two",
            "one",
            " ",
            " ",
            " ",
            "-",
            "(",
            "3",
            "ab",
            "x",
            "\u2264",
            "\u00e9",
            ".",
        ]
    ),
    max_size=14,
).map("".join)


@settings(max_examples=400, deadline=None)
@given(
    parts=st.lists(PARTS, min_size=1, max_size=6),
    other=st.lists(PARTS, max_size=4),
    texts=st.lists(NEAR, min_size=1, max_size=4),
)
def test_an_invented_pattern_is_found_wherever_it_matches(parts, other, texts):
    pattern = re.compile("|".join("".join(some) for some in (parts, other) if some))
    tables, sought = Tables(lower_case=True), Sought(pattern.pattern)
    for text in texts:
        assert same(Text(text, tables).finditer(pattern), pattern.finditer(text))
        assert same(some(sought.search(text)), some(pattern.search(text)))


@settings(max_examples=50, deadline=None)
@given(text=WORDY_TEXTS)
def test_a_table_asked_at_once_names_all_patterns_that_match(text):
    names = tuple(scale.words for scale in SCALES)
    indexed = Text(text.lower(), LOWER)
    assert {index for index, words in enumerate(names) if words.search(text.lower())} <= set(indexed.possible(names))


CATEGORIES = st.sampled_from([None, "BACKGROUND", "OBJECTIVE", "METHODS", "RESULTS", "CONCLUSIONS", "UNASSIGNED"])


@settings(max_examples=150, deadline=None)
@given(
    title=TEXTS,
    sections=st.lists(st.builds(AbstractSection, category=CATEGORIES, text=TEXTS), max_size=4).map(tuple),
    types=st.lists(st.sampled_from(["Journal Article", "Randomized Controlled Trial", "Meta-Analysis", "Comment", "Retracted Publication"]), max_size=2).map(tuple),
)  # fmt: skip
def test_every_span_of_any_text_is_verbatim_and_the_same_each_time(title, sections, types):
    citation = Citation(pmid="90000002", title=title, abstract=sections, publication_types=types)
    summary = summarise(citation)
    check(citation, summary)
    assert summarise(citation) == summary


@pytest.mark.skipif(not CORPUS.exists(), reason="the development corpus is not on this machine")
def test_every_span_of_the_corpus_is_verbatim():
    from aggregator.pubmed.records import read

    with gzip.open(CORPUS) as stream:
        citations = list(read(stream))
    assert len(citations) > 1000
    for citation in citations:
        check(citation, summarise(citation))


LONG_BACKGROUND = (
    "Many drugs are used in depression. Some patients took {drug} before. Others took lithium. We asked how "
    "stimulation works for them in practice. Its use has grown."
)


@pytest.mark.parametrize(
    ("drug", "fields", "bucket"),
    [
        pytest.param("ketamine", {"results": "Scores fell. No harm was seen."}, "off-topic", id="named once, in the background"),
        pytest.param("ketamine or esketamine", {"results": "Scores fell. No harm was seen."}, "off-topic", id="twice in one list"),
        pytest.param("valproate", {"results": "Scores fell in those without ketamine. No harm was seen."}, "off-topic", id="named once, in the results"),
        pytest.param("valproate", {"results": "Scores fell.", "conclusions": "It helps as ketamine does. No harm was seen."}, "core", id="named in the conclusion"),
        pytest.param("ketamine", {"results": "Scores fell, also with ketamine. No harm was seen."}, "core", id="named twice"),
        pytest.param("ketamine", {"results": "Scores fell. No harm was seen.", "mesh": ("Ketamine",)}, "core", id="indexed with it"),
    ],
)  # fmt: skip
def test_a_drug_named_in_passing_is_no_subject(drug, fields, bucket):
    background = LONG_BACKGROUND.format(drug=drug)
    found = summarise(study("Magnetic stimulation for depression.", background=background, **fields))
    assert found.bucket == bucket
    assert (found.bucket_reason is None) == (bucket == "core")

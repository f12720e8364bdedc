"""The part of MeSH that the topics need: headings with their tree numbers, so that a broader one finds the narrower.

Facts from NLM's MeSH (https://meshb.nlm.nih.gov). A heading that is not here is found only as it stands.
"""

from __future__ import annotations

from functools import cache

from aggregator.pubmed.words import plain

#: Heading: its tree numbers. A heading lies below another when its number continues the other's.
_HEADINGS = """
Mental Disorders: F03
Anxiety Disorders: F03.080
Agoraphobia: F03.080.100
Anxiety, Separation: F03.080.150
Generalized Anxiety Disorder: F03.080.400
Neurocirculatory Asthenia: F03.080.500
Neurotic Disorders: F03.080.525
Obsessive-Compulsive Disorder: F03.080.600
Hoarding Disorder: F03.080.600.500
Panic Disorder: F03.080.700
Phobic Disorders: F03.080.725
Phobia, Specific: F03.080.725.250
Phobia, Social: F03.080.725.500
Bipolar and Related Disorders: F03.084
Bipolar Disorder: F03.084.500
Cyclothymic Disorder: F03.084.500.500
Mania: F03.084.750, F01.145.126.937
Dissociative Disorders: F03.300
Feeding and Eating Disorders: F03.400
Anorexia Nervosa: F03.400.125
Bulimia Nervosa: F03.400.250
Binge-Eating Disorder: F03.400.180
Mood Disorders: F03.600
Depressive Disorder: F03.600.300
Depression, Postpartum: F03.600.300.350
Depressive Disorder, Major: F03.600.300.375
Depressive Disorder, Treatment-Resistant: F03.600.300.387
Dysthymic Disorder: F03.600.300.400
Premenstrual Dysphoric Disorder: F03.600.300.500
Seasonal Affective Disorder: F03.600.300.700
Neurocognitive Disorders: F03.615
Neurodevelopmental Disorders: F03.625
Autism Spectrum Disorder: F03.625.164.113
Attention Deficit Disorder with Hyperactivity: F03.625.094.150
Personality Disorders: F03.675
Borderline Personality Disorder: F03.675.100
Schizophrenia Spectrum and Other Psychotic Disorders: F03.700
Psychotic Disorders: F03.700.675
Schizophrenia: F03.700.750
Substance-Related Disorders: F03.900, C25.775
Alcohol-Related Disorders: F03.900.100, C25.775.100
Alcoholism: F03.900.100.350, C25.775.100.250
Cocaine-Related Disorders: F03.900.300, C25.775.300
Narcotic-Related Disorders: F03.900.647, C25.775.643
Opioid-Related Disorders: F03.900.647.500, C25.775.643.500
Trauma and Stressor Related Disorders: F03.950
Adjustment Disorders: F03.950.500
Stress Disorders, Traumatic: F03.950.750
Combat Disorders: F03.950.750.250
Psychological Trauma: F03.950.750.500
Stress Disorders, Post-Traumatic: F03.950.750.750
Stress Disorders, Traumatic, Acute: F03.950.750.875
Behavioral Symptoms: F01.145.126
Depression: F01.145.126.350
Self-Injurious Behavior: F01.145.126.980
Self Mutilation: F01.145.126.980.750
Suicide: F01.145.126.980.875
Suicidal Ideation: F01.145.126.980.875.600
Suicide, Attempted: F01.145.126.980.875.900
Suicide, Completed: F01.145.126.980.875.950
Emotions: F01.470
Anxiety: F01.470.132
Performance Anxiety: F01.470.132.500
Test Anxiety: F01.470.132.750
Dental Anxiety: F01.470.132.300
Fear: F01.470.361
Anhedonia: F01.470.087, F01.145.126.125
Psychotherapy: F04.754
Behavior Therapy: F04.754.137
Applied Behavior Analysis: F04.754.137.120
Biofeedback, Psychology: F04.754.137.301
Cognitive Behavioral Therapy: F04.754.137.350
Acceptance and Commitment Therapy: F04.754.137.350.249
Mindfulness: F04.754.137.350.500
Desensitization, Psychologic: F04.754.137.428
Eye Movement Desensitization Reprocessing: F04.754.137.428.500
Implosive Therapy: F04.754.137.593
Virtual Reality Exposure Therapy: F04.754.137.593.500
Relaxation Therapy: F04.754.137.750
Meditation: F04.754.137.750.500
Hypnosis: F04.754.424
Imagery, Psychotherapy: F04.754.424.500
Narrative Therapy: F04.754.597
Psychoanalytic Therapy: F04.754.720
Psychotherapeutic Processes: F04.754.730
Psychotherapy, Brief: F04.754.740
Psychotherapy, Psychodynamic: F04.754.755
Psychotherapy, Multiple: F04.754.750
Psychotherapy, Group: F04.754.864.581
Psychotherapy, Rational-Emotive: F04.754.860
Socioenvironmental Therapy: F04.754.864
Family Therapy: F04.754.864.581.500
Psychosocial Intervention: F04.754.863
Female: G08.686.365
Male: G08.686.690
Counseling: F04.408.413, N02.421.461.363
Motivational Interviewing: F04.408.413.500, N02.421.461.363.500
Distance Psychosocial Intervention: F04.754.863
Female: G08.686.365
Male: G08.686.690
Counseling: F04.408.413.250
Ketamine: D02.455.426.392.368.367.479
Antidepressive Agents: D27.505.954.427.700.122
Antidepressive Agents, Second-Generation: D27.505.954.427.700.122.050
Antidepressive Agents, Tricyclic: D27.505.954.427.700.122.055
Selective Serotonin Reuptake Inhibitors: D27.505.519.562.500
Anti-Anxiety Agents: D27.505.954.427.700.100
Hallucinogens: D27.505.954.427.700.872.500
Excitatory Amino Acid Antagonists: D27.505.519.625.200.400
Brain-Derived Neurotrophic Factor: D12.644.276.860.100, D23.529.850.100
Nerve Growth Factors: D12.644.276.860, D23.529.850
Vascular Endothelial Growth Factor A: D12.644.276.100.800.200, D23.529.100.800.200
TOR Serine-Threonine Kinases: D08.811.913.696.620.682.700.931
Mechanistic Target of Rapamycin Complex 1: D08.811.913.696.620.682.700.931.500
Glycogen Synthase Kinase 3: D08.811.913.696.620.682.700.429
Receptor, trkB: D12.776.543.750.750.400.820.500
Receptors, N-Methyl-D-Aspartate: D12.776.543.750.720.200.450.400.500
Receptors, AMPA: D12.776.543.750.720.200.450.400.100
Receptors, Glutamate: D12.776.543.750.720.200.450
Receptors, Opioid: D12.776.543.750.720.600.610
Glutamic Acid: D12.125.119.409
gamma-Aminobutyric Acid: D12.125.190.350
Kynurenine: D12.125.072.401.383
Cytokines: D12.644.276.374, D23.529.374
Interleukins: D12.644.276.374.465, D23.529.374.465
Interleukin-6: D12.644.276.374.465.506, D23.529.374.465.506
Tumor Necrosis Factor-alpha: D12.644.276.374.500.800, D23.529.374.500.800
C-Reactive Protein: D12.776.124.050.120
Biomarkers: D23.101
MicroRNAs: D13.444.735.790.552
Inflammation: C23.550.470
Neuronal Plasticity: G11.561.638
Long-Term Potentiation: G11.561.638.350
Long-Term Synaptic Depression: G11.561.638.400
Neurogenesis: G07.345.500.325.500, G11.561.545
Synaptic Transmission: G02.111.820.850, G11.561.830
Synapses: A08.850, A11.284.149.165.420.780
Dendritic Spines: A08.675.256.500, A11.671.501.500
Neural Pathways: A08.612
Default Mode Network: A08.612.220
Nerve Net: A08.511
Habenula: A08.186.211.180.180
Hippocampus: A08.186.211.180.405
Prefrontal Cortex: A08.186.211.885.287.500.670
Neuroglia: A08.637
Microglia: A08.637.400
Astrocytes: A08.637.200
Diagnostic Imaging: E01.370.350
Neuroimaging: E01.370.350.578, E01.370.376.537, E05.629
Functional Neuroimaging: E01.370.350.578.500, E01.370.376.537.250, E05.629.250
Diffusion Tensor Imaging: E01.370.350.578.200, E01.370.376.537.100, E05.629.125
Magnetic Resonance Imaging: E01.370.350.825.500
Magnetic Resonance Spectroscopy: E05.196.867.519
Proton Magnetic Resonance Spectroscopy: E05.196.867.519.775
Positron-Emission Tomography: E01.370.350.350.800.700
Connectome: E01.370.350.578.062, E05.629.062
Electroencephalography: E01.370.376.300, E01.370.405.245
Magnetoencephalography: E01.370.376.500, E01.370.405.500
Evoked Potentials: G11.561.200.500
Brain Mapping: E01.370.376.075
Comorbidity: N05.715.350.225, N06.850.490.687
Multimorbidity: N05.715.350.225.500
Drug-Related Side Effects and Adverse Reactions: C25.100
Long Term Adverse Effects: C25.100.625
Pharmacovigilance: E02.319.312, N06.850.520.450.720
Adverse Drug Reaction Reporting Systems: N04.452.515.110, E05.337.900
Product Surveillance, Postmarketing: E05.337.800
Patient Safety: N06.850.135.060.075.399
Cystitis: C12.200.777.829.495
Cystitis, Interstitial: C12.200.777.829.495.500
Lower Urinary Tract Symptoms: C23.888.942.343
Chemical and Drug Induced Liver Injury: C06.552.100, C25.100.562
Substance Withdrawal Syndrome: C25.775.835, F03.900.825
Drug Misuse: F01.145.527
Blood Pressure: E01.370.600.875.249, G09.330.380.076
Hypertension: C14.907.489
Delirium: F03.615.200, C10.597.606.337
Emergence Delirium: F03.615.200.500
Eukaryota: B01
Animals: B01.050
Humans: B01.050.150.900.649.313.988.400.112.400.400
Mice: B01.050.150.900.649.313.992.635.505.500
Rats: B01.050.150.900.649.313.992.635.505.700
Rats, Sprague-Dawley: B01.050.150.900.649.313.992.635.505.700.750
Rats, Wistar: B01.050.150.900.649.313.992.635.505.700.900
Mice, Inbred C57BL: B01.050.150.900.649.313.992.635.505.500.400.420
Rodentia: B01.050.150.900.649.313.992
Macaca mulatta: B01.050.150.900.649.313.988.400.112.199.120.510.550
Primates: B01.050.150.900.649.313.988
Persons: M01
Age Groups: M01.060
Adolescent: M01.060.057
Adult: M01.060.116
Aged: M01.060.116.100
Aged, 80 and over: M01.060.116.100.080
Frail Elderly: M01.060.116.100.540
Middle Aged: M01.060.116.630
Young Adult: M01.060.116.815
Child: M01.060.406
Child, Preschool: M01.060.406.448
Infant: M01.060.703
Infant, Newborn: M01.060.703.520
Veterans: M01.930
Healthy Volunteers: M01.398
Clinical Trials as Topic: E05.318.372.250.250, N05.715.360.775.175.250
Randomized Controlled Trials as Topic: E05.318.372.250.250.365.500, N05.715.360.775.175.250.500
Random Allocation: E05.318.780.725, E05.581.500.825
"""

#: Publication types: the V tree.
_PUBLICATION_TYPES = """
Publication Components: V01
Publication Formats: V02
Study Characteristics: V03
Support of Research: V04
Address: V02.010
Case Reports: V03.150
Clinical Study: V03.175.250
Clinical Trial: V03.175.250.500
Adaptive Clinical Trial: V03.175.250.500.125
Clinical Trial, Phase I: V03.175.250.500.150
Clinical Trial, Phase II: V03.175.250.500.200
Clinical Trial, Phase III: V03.175.250.500.250
Clinical Trial, Phase IV: V03.175.250.500.300
Controlled Clinical Trial: V03.175.250.500.350
Randomized Controlled Trial: V03.175.250.500.350.500
Equivalence Trial: V03.175.250.500.350.500.250
Pragmatic Clinical Trial: V03.175.250.500.350.500.500
Clinical Trial, Veterinary: V03.175.275
Observational Study: V03.175.250.625
Clinical Trial Protocol: V02.912.500.500
Clinical Conference: V02.195
Comparative Study: V03.180
Evaluation Study: V03.350
Meta-Analysis: V03.600
Network Meta-Analysis: V03.600.500
Multicenter Study: V03.650
Twin Study: V03.900
Validation Study: V03.950
Review: V02.600.500
Systematic Review: V02.600.500.500
Scoping Review: V02.600.500.400
Comment: V02.250
Editorial: V02.300
Guideline: V02.450
Consensus Development Conference: V02.450.150
Practice Guideline: V02.450.500
Journal Article: V02.600
Letter: V02.625
News: V02.700
Preprint: V02.775
Published Erratum: V02.800
Expression of Concern: V02.375
Retracted Publication: V02.875
Retraction of Publication: V02.890
"""

#: Subheadings of which a broader one finds the narrower (NLM's qualifier hierarchies).
_SUBHEADINGS = """
therapy: T
diet therapy: T.1
drug therapy: T.2
nursing: T.3
prevention & control: T.4
radiotherapy: T.5
rehabilitation: T.6
surgery: T.7
transplantation: T.7.1
administration & dosage: A
adverse effects: A.0
poisoning: A.0.1
toxicity: A.0.2
therapeutic use: U
pharmacology: P
agonists: P.1
antagonists & inhibitors: P.2
pharmacokinetics: P.3
metabolism: M
biosynthesis: M.1
blood: M.2
cerebrospinal fluid: M.3
deficiency: M.4
enzymology: M.5
urine: M.6
diagnosis: D
diagnostic imaging: D.1
physiology: Y
genetics: Y.1
immunology: Y.2
physiopathology: Y.3
"""


def _read(table: str) -> dict[str, tuple[str, ...]]:
    rows = (line.rpartition(": ") for line in table.strip().splitlines())
    return {plain(name): tuple(numbers.split(", ")) for name, _, numbers in rows}


_TREES = {"heading": _read(_HEADINGS), "publication type": _read(_PUBLICATION_TYPES), "subheading": _read(_SUBHEADINGS)}


def is_heading(name: str) -> bool:
    """Whether a heading is in this table; MeSH itself has some 30,000 more."""
    return plain(name) in _TREES["heading"]


def headings_below(name: str) -> frozenset[str]:
    """The heading and all narrower ones known here, as plain words; an unknown heading stands alone."""
    return _below("heading", plain(name))


def publication_types_below(name: str) -> frozenset[str]:
    """The publication type and all narrower ones, as plain words."""
    return _below("publication type", plain(name))


def subheadings_below(name: str) -> frozenset[str]:
    """The subheading and all narrower ones, as plain words."""
    return _below("subheading", plain(name))


@cache
def _below(tree: str, name: str) -> frozenset[str]:
    table = _TREES[tree]
    roots = table.get(name, ())
    below = (
        other
        for other, numbers in table.items()
        if any(number == root or number.startswith(f"{root}.") for number in numbers for root in roots)
    )
    return frozenset((name, *below))

"""The part of MeSH that the topics need: headings with their places in NLM's trees: a broader one finds the narrower.

Facts from NLM: the trees of MeSH 2017 with the names used since (https://meshb.nlm.nih.gov), the publication types and
the two-letter subheadings of the PubMed User Guide (https://pubmed.ncbi.nlm.nih.gov/help/#mesh-subheadings).
A heading that is not here is found only as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

from aggregator.pubmed.words import plain

#: A tree number and the heading that stands there; a heading may stand in several places. `A < B` puts a heading below
#: another by name: those that MeSH has got since 2017, and those of whose branch no topic asks for more.
_HEADINGS = """
A08.511 Nerve Net
A08.612 Neural Pathways
Default Mode Network < Nerve Net
A08.850 Synapses
A08.850.180 Electrical Synapses
A08.850.550 Neuroeffector Junction
A08.850.550.550 Neuromuscular Junction
A08.850.550.550.500 Motor Endplate
A08.850.700 Presynaptic Terminals
A08.850.700.500 Mossy Fibers, Hippocampal
A08.850.800 Synaptic Membranes
A08.850.800.500 Post-Synaptic Density
A08.850.840 Synaptic Vesicles
A11.284.180.225 Dendrites
A11.284.180.225.169 Dendritic Spines
Habenula
Hippocampus
CA1 Region, Hippocampal < Hippocampus
CA2 Region, Hippocampal < Hippocampus
CA3 Region, Hippocampal < Hippocampus
Dentate Gyrus < Hippocampus
Prefrontal Cortex
Dorsolateral Prefrontal Cortex < Prefrontal Cortex
Neuroglia
Astrocytes < Neuroglia
Microglia < Neuroglia
B01 Eukaryota
B01.050 Animals
Primates < Animals
Humans < Primates
Macaca mulatta < Primates
Rodentia < Animals
Mice < Rodentia
Mice, Inbred C57BL < Mice
Rats < Rodentia
Rats, Sprague-Dawley < Rats
Rats, Wistar < Rats
Cystitis
Cystitis, Interstitial < Cystitis
Lower Urinary Tract Symptoms
Nocturia < Lower Urinary Tract Symptoms
Urinary Bladder, Overactive < Lower Urinary Tract Symptoms
Drug-Related Side Effects and Adverse Reactions
Chemical and Drug Induced Liver Injury < Drug-Related Side Effects and Adverse Reactions
Long Term Adverse Effects < Drug-Related Side Effects and Adverse Reactions
Drug Misuse
Prescription Drug Misuse < Drug Misuse
Inflammation
Hypertension
Ketamine
D27.505.954.427.700.122 Antidepressive Agents
D27.505.954.427.700.122.050 Antidepressive Agents, Second-Generation
D27.505.954.427.700.122.055 Antidepressive Agents, Tricyclic
D27.505.954.427.700.372 Hallucinogens
D27.505.954.427.700.872 Tranquilizing Agents
D27.505.954.427.700.872.015 Anti-Anxiety Agents
D27.505.954.427.700.872.025 Antimanic Agents
D27.505.954.427.700.872.331 Antipsychotic Agents
D27.505.696.577.190.300 Excitatory Amino Acid Antagonists
D27.505.696.577.600.850 Selective Serotonin Reuptake Inhibitors
Nerve Growth Factors
Brain-Derived Neurotrophic Factor < Nerve Growth Factors
Vascular Endothelial Growth Factor A
TOR Serine-Threonine Kinases
Mechanistic Target of Rapamycin Complex 1 < TOR Serine-Threonine Kinases
Mechanistic Target of Rapamycin Complex 2 < TOR Serine-Threonine Kinases
Glycogen Synthase Kinase 3
Glycogen Synthase Kinase 3 beta < Glycogen Synthase Kinase 3
Receptor, trkB
Receptors, Glutamate
Receptors, AMPA < Receptors, Glutamate
Receptors, N-Methyl-D-Aspartate < Receptors, Glutamate
Receptors, Opioid
Receptors, Opioid, delta < Receptors, Opioid
Receptors, Opioid, kappa < Receptors, Opioid
Receptors, Opioid, mu < Receptors, Opioid
Glutamic Acid
gamma-Aminobutyric Acid
Kynurenine
Cytokines
Chemokines < Cytokines
Interleukins < Cytokines
Interleukin-6 < Interleukins
Interleukin-1beta < Interleukins
Interleukin-10 < Interleukins
Tumor Necrosis Factor-alpha < Cytokines
C-Reactive Protein
Biomarkers
Biomarkers, Pharmacological < Biomarkers
MicroRNAs
E01.370.350.578 Neuroimaging
E01.370.350.578.750 Diffusion Tensor Imaging
E01.370.350.578.875 Functional Neuroimaging
E01.370.350.578.875.500 Brain Mapping
E01.370.350.578.875.500.249 Connectome
E01.370.350.578.937 Neuroradiography
E01.370.350.578.937.180 Cerebral Angiography
E01.370.350.578.937.190 Cerebral Ventriculography
E01.370.350.578.937.260 Echoencephalography
E01.370.350.578.937.260.850 Ultrasonography, Doppler, Transcranial
E01.370.350.578.937.505 Myelography
E01.370.350.578.937.620 Pneumoencephalography
E01.370.350.825.500 Magnetic Resonance Imaging
E01.370.350.825.500.100 Cholangiopancreatography, Magnetic Resonance
E01.370.350.825.500.150 Diffusion Magnetic Resonance Imaging
Diffusion Tensor Imaging < Diffusion Magnetic Resonance Imaging
E01.370.350.825.500.200 Echo-Planar Imaging
E01.370.350.825.500.350 Fluorine-19 Magnetic Resonance Imaging
E01.370.350.825.500.500 Magnetic Resonance Angiography
E01.370.350.825.500.510 Magnetic Resonance Imaging, Cine
E01.370.350.825.800.399 Positron-Emission Tomography
E01.370.350.825.800.399.500 Positron Emission Tomography Computed Tomography
E01.370.376.300 Electroencephalography
E01.370.376.300.150 Brain Waves
E01.370.376.300.150.374 Alpha Rhythm
E01.370.376.300.150.750 Beta Rhythm
E01.370.376.300.150.875 Delta Rhythm
E01.370.376.300.150.906 Gamma Rhythm
E01.370.376.300.150.937 Theta Rhythm
E01.370.376.300.294 Electrocorticography
E01.370.376.300.437 Electroencephalography Phase Synchronization
E01.370.376.300.437.500 Cortical Synchronization
E01.370.376.500 Magnetoencephalography
Magnetic Resonance Spectroscopy
Proton Magnetic Resonance Spectroscopy < Magnetic Resonance Spectroscopy
Clinical Trials as Topic
Randomized Controlled Trials as Topic < Clinical Trials as Topic
Random Allocation
Adverse Drug Reaction Reporting Systems
Pharmacovigilance
Product Surveillance, Postmarketing
Blood Pressure
Patient Safety
F01.145.126 Behavioral Symptoms
F01.145.126.100 Affective Symptoms
F01.145.126.125 Aggression
F01.145.126.200 Delusions
F01.145.126.300 Depersonalization
F01.145.126.350 Depression
F01.145.126.937 Mental Fatigue
F01.145.126.950 Obsessive Behavior
F01.145.126.980 Self-Injurious Behavior
F01.145.126.980.750 Self Mutilation
F01.145.126.980.875 Suicide
F01.145.126.980.875.149 Suicidal Ideation
F01.145.126.980.875.300 Suicide, Assisted
F01.145.126.980.875.600 Suicide, Attempted
Suicide, Completed < Suicide
Suicide Prevention
F01.145.126.990 Stress, Psychological
F01.470 Emotions
F01.470.047 Affect
F01.470.047.110 Irritable Mood
F01.470.132 Anxiety
F01.470.132.150 Anxiety, Castration
F01.470.132.225 Catastrophization
F01.470.132.300 Dental Anxiety
F01.470.132.650 Performance Anxiety
Test Anxiety < Anxiety
F01.470.137 Apathy
F01.470.142 Bereavement
F01.470.142.110 Grief
F01.470.361 Fear
F01.470.361.300 Dental Anxiety
F01.470.361.585 Panic
F01.700.039 Anhedonia
F03 Mental Disorders
F03.080 Anxiety Disorders
F03.080.100 Agoraphobia
F03.080.300 Anxiety, Separation
Generalized Anxiety Disorder < Anxiety Disorders
F03.080.500 Neurocirculatory Asthenia
F03.080.550 Neurotic Disorders
F03.080.600 Obsessive-Compulsive Disorder
F03.080.600.250 Hoarding Disorder
F03.080.700 Panic Disorder
F03.080.725 Phobic Disorders
F03.080.725.500 Phobia, Social
Phobia, Specific < Phobic Disorders
F03.084 Bipolar and Related Disorders
F03.084.500 Bipolar Disorder
Cyclothymic Disorder < Bipolar Disorder
Mania < Bipolar and Related Disorders
F03.250 Disruptive, Impulse Control, and Conduct Disorders
F03.250.300 Firesetting Behavior
F03.250.400 Gambling
F03.250.800 Trichotillomania
F03.300 Dissociative Disorders
F03.300.500 Multiple Personality Disorder
F03.388 Elimination Disorders
F03.388.300 Encopresis
F03.388.400 Enuresis
F03.400 Feeding and Eating Disorders
F03.400.125 Anorexia Nervosa
F03.400.188 Binge-Eating Disorder
F03.400.250 Bulimia Nervosa
F03.400.500 Feeding and Eating Disorders of Childhood
F03.400.875 Pica
F03.600 Mood Disorders
F03.600.300 Depressive Disorder
F03.600.300.350 Depression, Postpartum
F03.600.300.375 Depressive Disorder, Major
F03.600.300.388 Depressive Disorder, Treatment-Resistant
F03.600.300.400 Dysthymic Disorder
F03.600.300.550 Premenstrual Dysphoric Disorder
F03.600.300.775 Seasonal Affective Disorder
F03.600.500 Cyclothymic Disorder
F03.608 Motor Disorders
F03.615 Neurocognitive Disorders
F03.615.200 Amnesia
F03.615.250 Cognition Disorders
F03.615.250.700 Cognitive Dysfunction
F03.615.300 Consciousness Disorders
F03.615.350 Delirium
F03.615.350.500 Emergence Delirium
F03.615.400 Dementia
F03.615.400.100 Alzheimer Disease
F03.615.400.350 Dementia, Vascular
F03.615.400.512 Lewy Body Disease
F03.625 Neurodevelopmental Disorders
F03.625.047 Anxiety, Separation
F03.625.094 Attention Deficit and Disruptive Behavior Disorders
F03.625.094.150 Attention Deficit Disorder with Hyperactivity
F03.625.094.300 Conduct Disorder
F03.625.164 Child Development Disorders, Pervasive
F03.625.164.100 Asperger Syndrome
F03.625.164.113 Autism Spectrum Disorder
F03.625.164.125 Autistic Disorder
F03.625.539 Intellectual Disability
F03.625.562 Learning Disorders
F03.625.937 Reactive Attachment Disorder
F03.625.992 Tic Disorders
F03.625.992.850 Tourette Syndrome
F03.650 Neurotic Disorders
F03.657 Paraphilic Disorders
F03.675 Personality Disorders
F03.675.050 Antisocial Personality Disorder
F03.675.100 Borderline Personality Disorder
F03.675.150 Compulsive Personality Disorder
F03.675.200 Dependent Personality Disorder
F03.675.400 Histrionic Personality Disorder
F03.675.600 Paranoid Personality Disorder
F03.675.700 Schizoid Personality Disorder
F03.675.725 Schizotypal Personality Disorder
F03.700 Schizophrenia Spectrum and Other Psychotic Disorders
F03.700.150 Affective Disorders, Psychotic
F03.700.450 Paranoid Disorders
F03.700.675 Psychotic Disorders
F03.700.675.600 Psychoses, Substance-Induced
F03.700.675.600.750 Psychoses, Alcoholic
F03.700.750 Schizophrenia
F03.700.750.300 Schizophrenia, Catatonic
F03.700.750.350 Schizophrenia, Disorganized
F03.700.750.600 Schizophrenia, Paranoid
Schizophrenia, Treatment-Resistant < Schizophrenia
F03.835 Sexual Dysfunctions, Psychological
F03.835.550 Gender Dysphoria
F03.870 Sleep Wake Disorders
F03.870.400 Dyssomnias
F03.870.400.099 Sleep Deprivation
F03.870.400.200 Sleep Disorders, Circadian Rhythm
F03.870.400.800 Sleep Disorders, Intrinsic
F03.870.400.800.700 Restless Legs Syndrome
F03.870.400.800.800 Sleep Initiation and Maintenance Disorders
F03.870.664 Parasomnias
F03.870.664.633 REM Sleep Parasomnias
F03.870.664.633.700 REM Sleep Behavior Disorder
F03.875 Somatoform Disorders
F03.875.149 Body Dysmorphic Disorders
F03.875.300 Conversion Disorder
F03.875.375 Factitious Disorders
F03.875.450 Hypochondriasis
F03.875.600 Neurasthenia
F03.900 Substance-Related Disorders
F03.900.100 Alcohol-Related Disorders
F03.900.100.100 Alcohol Withdrawal Delirium
F03.900.100.300 Alcoholic Intoxication
F03.900.100.350 Alcoholism
F03.900.100.550 Binge Drinking
F03.900.100.750 Psychoses, Alcoholic
F03.900.225 Amphetamine-Related Disorders
F03.900.300 Cocaine-Related Disorders
F03.900.467 Inhalant Abuse
F03.900.635 Marijuana Abuse
Narcotic-Related Disorders < Substance-Related Disorders
F03.900.675 Opioid-Related Disorders
Opioid-Related Disorders < Narcotic-Related Disorders
F03.900.675.400 Heroin Dependence
F03.900.675.600 Morphine Dependence
F03.900.700 Phencyclidine Abuse
F03.900.746 Psychoses, Substance-Induced
F03.900.793 Substance Abuse, Intravenous
F03.900.825 Substance Withdrawal Syndrome
F03.900.825.500 Alcohol Withdrawal Delirium
F03.900.912 Tobacco Use Disorder
F03.950 Trauma and Stressor Related Disorders
F03.950.500 Adjustment Disorders
Prolonged Grief Disorder < Trauma and Stressor Related Disorders
F03.950.750 Stress Disorders, Traumatic
F03.950.750.124 Battered Child Syndrome
F03.950.750.249 Combat Disorders
F03.950.750.375 Psychological Trauma
F03.950.750.500 Stress Disorders, Post-Traumatic
F03.950.750.550 Stress Disorders, Traumatic, Acute
F04.408.413 Counseling
F04.408.413.349 Directive Counseling
F04.408.413.349.500 Motivational Interviewing
F04.408.413.437 Distance Counseling
F04.408.413.700 Sex Counseling
F04.754 Psychotherapy
F04.754.017 Animal Assisted Therapy
F04.754.017.500 Equine-Assisted Therapy
F04.754.035 Aromatherapy
F04.754.070 Art Therapy
F04.754.137 Behavior Therapy
F04.754.137.087 Anger Management Therapy
F04.754.137.131 Applied Behavior Analysis
F04.754.137.174 Aversive Therapy
F04.754.137.301 Biofeedback, Psychology
F04.754.137.301.500 Feedback, Sensory
F04.754.137.301.750 Neurofeedback
F04.754.137.365 Cognitive Remediation
F04.754.137.428 Cognitive Behavioral Therapy
F04.754.137.428.249 Acceptance and Commitment Therapy
F04.754.137.428.500 Mindfulness
Dialectical Behavior Therapy < Cognitive Behavioral Therapy
F04.754.137.506 Desensitization, Psychologic
F04.754.137.506.162 Eye Movement Desensitization Reprocessing
F04.754.137.506.325 Implosive Therapy
F04.754.137.506.662 Virtual Reality Exposure Therapy
F04.754.137.750 Relaxation Therapy
F04.754.137.750.500 Meditation
F04.754.137.875 Sleep Phase Chronotherapy
F04.754.168 Bibliotherapy
F04.754.215 Color Therapy
F04.754.252 Crisis Intervention
F04.754.278 Dance Therapy
F04.754.293 Emotion-Focused Therapy
F04.754.308 Feedback, Psychological
F04.754.308.500 Biofeedback, Psychology
F04.754.360 Gestalt Therapy
F04.754.392 Horticultural Therapy
F04.754.424 Hypnosis
F04.754.424.386 Autogenic Training
F04.754.424.771 Suggestion
F04.754.424.771.299 Autosuggestion
F04.754.462 Imagery, Psychotherapy
F04.754.549 Music Therapy
F04.754.570 Narrative Therapy
F04.754.592 Person-Centered Therapy
F04.754.664 Play Therapy
F04.754.709 Psychoanalytic Therapy
F04.754.709.437 Free Association
F04.754.709.838 Transactional Analysis
F04.754.720 Psychotherapeutic Processes
F04.754.720.107 Abreaction
F04.754.720.107.333 Catharsis
F04.754.720.346 Association
F04.754.720.864 Transference, Psychology
F04.754.720.864.363 Countertransference, Psychology
F04.754.738 Psychotherapy, Brief
F04.754.766 Psychotherapy, Multiple
F04.754.775 Psychotherapy, Psychodynamic
F04.754.785 Psychotherapy, Rational-Emotive
F04.754.804 Reality Therapy
F04.754.864 Socioenvironmental Therapy
F04.754.864.392 Milieu Therapy
F04.754.864.392.701 Therapeutic Community
F04.754.864.581 Psychotherapy, Group
F04.754.864.581.136 Couples Therapy
F04.754.864.581.273 Family Therapy
F04.754.864.581.550 Marital Therapy
F04.754.864.581.679 Psychodrama
F04.754.864.581.679.653 Role Playing
F04.754.864.581.813 Sensitivity Training Groups
F04.754.864.696 Residential Treatment
Psychosocial Intervention
G11.561.127 Brain Waves
G11.561.127.500 Alpha Rhythm
G11.561.127.750 Beta Rhythm
G11.561.127.875 Delta Rhythm
G11.561.127.906 Gamma Rhythm
G11.561.127.937 Theta Rhythm
G11.561.200 Cortical Excitability
G11.561.200.500 Evoked Potentials
G11.561.200.500.250 Contingent Negative Variation
G11.561.200.500.300 Cortical Spreading Depression
G11.561.200.500.350 Event-Related Potentials, P300
G11.561.200.500.370 Evoked Potentials, Auditory
G11.561.200.500.370.223 Cochlear Microphonic Potentials
G11.561.200.500.370.300 Evoked Potentials, Auditory, Brain Stem
G11.561.200.500.385 Evoked Potentials, Motor
G11.561.200.500.400 Evoked Potentials, Somatosensory
G11.561.200.500.400.500 Laser-Evoked Potentials
G11.561.200.500.425 Evoked Potentials, Visual
G11.561.620 Neurogenesis
G11.561.620.750 Neuronal Outgrowth
G11.561.620.750.250 Axon Fasciculation
G11.561.620.750.500 Axon Guidance
G11.561.638 Neuronal Plasticity
G11.561.638.350 Long-Term Potentiation
G11.561.638.355 Long-Term Synaptic Depression
G11.561.830 Synaptic Transmission
G11.561.830.750 Synaptic Potentials
G11.561.830.750.199 Excitatory Postsynaptic Potentials
G11.561.830.750.400 Inhibitory Postsynaptic Potentials
G11.561.830.750.560 Miniature Postsynaptic Potentials
G11.561.830.750.780 Postsynaptic Potential Summation
Female
Male
M01.060 Age Groups
M01.060.057 Adolescent
M01.060.116 Adult
M01.060.116.100 Aged
M01.060.116.100.080 Aged, 80 and over
M01.060.116.100.540 Frail Elderly
M01.060.116.630 Middle Aged
M01.060.116.815 Young Adult
M01.060.406 Child
M01.060.406.448 Child, Preschool
M01.060.703 Infant
M01.060.703.520 Infant, Newborn
M01.774.500 Healthy Volunteers
M01.930 Veterans
Comorbidity
Multimorbidity < Comorbidity
"""

#: The V tree. Names that NLM changed stand in both forms, because older records keep the older one.
_PUBLICATION_TYPES = """
V01.165 Bibliography
V01.175 Biography
V01.175.250 Interview
V01.175.500 Personal Narrative
V01.175.500.100 Autobiography
V01.185.843 Portrait
V01.205 Comment
V01.250 Editorial
V01.255 Electronic Supplementary Materials
V01.255.500 Video-Audio Media
V01.255.500.625 Interactive Tutorial
V01.255.500.750 Webcast
V01.260 English Abstract
V01.550 Letter
V01.630 News
V01.665 Patient Education Handout
V01.700 Published Erratum
V01.775 Retraction of Publication
Retraction Notice < Retraction of Publication
Expression of Concern
V02.070 Address
V02.070.500 Lecture
V02.255 Classical Article
V02.260 Collected Work
V02.260.400 Festschrift
V02.270 Congress
Congresses < Congress
V02.270.250 Consensus Development Conference
V02.270.250.500 Consensus Development Conference, NIH
V02.270.500 Overall
V02.275 Corrected and Republished Article
V02.302 Dataset
V02.310 Dictionary
V02.312 Directory
V02.320 Duplicate Publication
V02.500 Government Publication
V02.515 Guideline
V02.515.500 Practice Guideline
V02.530 Historical Article
V02.530.150 Biography
V02.530.250 Classical Article
V02.600 Journal Article
V02.600.249 Introductory Journal Article
V02.600.500 Review
V02.600.500.500 Consensus Development Conference
V02.610 Legal Case
V02.620 Legislation
V02.667 Newspaper Article
V02.682 Periodical Index
V02.800 Retracted Publication
V02.935 Technical Report
Preprint
Systematic Review < Review
Scoping Review < Review
Clinical Trial Protocol
V03.100 Case Reports
V03.150 Clinical Conference
V03.175 Clinical Study
V03.175.250 Clinical Trial
V03.175.250.100 Clinical Trial, Phase I
V03.175.250.200 Clinical Trial, Phase II
V03.175.250.300 Clinical Trial, Phase III
V03.175.250.400 Clinical Trial, Phase IV
V03.175.250.500 Controlled Clinical Trial
V03.175.250.500.500 Randomized Controlled Trial
V03.175.250.500.500.500 Pragmatic Clinical Trial
Adaptive Clinical Trial < Clinical Trial
Equivalence Trial < Randomized Controlled Trial
V03.175.500 Observational Study
Clinical Trial, Veterinary
Observational Study, Veterinary
Randomized Controlled Trial, Veterinary < Clinical Trial, Veterinary
V03.250 Comparative Study
V03.400 Evaluation Study
Evaluation Studies < Evaluation Study
V03.600 Meta-Analysis
Network Meta-Analysis < Meta-Analysis
V03.650 Multicenter Study
V03.800 Scientific Integrity Review
V03.900 Twin Study
V03.950 Validation Study
Validation Studies < Validation Study
V04.124 Research Support, Non-U.S. Gov't
V04.750 Research Support, U.S. Government
V04.750.124 Research Support, American Recovery and Reinvestment Act
V04.750.249 Research Support, U.S. Gov't, Non-P.H.S.
V04.750.500 Research Support, U.S. Gov't, P.H.S.
V04.750.500.500 Research Support, N.I.H., Extramural
V04.750.500.750 Research Support, N.I.H., Intramural
"""

#: Subheadings of which a broader one finds the narrower, as an outline (https://www.nlm.nih.gov/mesh/subhierarchy.html).
_SUBHEADING_OUTLINE = """
analysis
  blood
  cerebrospinal fluid
  isolation & purification
  urine
chemistry
  agonists
  analogs & derivatives
  antagonists & inhibitors
  chemical synthesis
diagnosis
  diagnostic imaging
  pathology
etiology
  chemically induced
  complications
    secondary
  congenital
  embryology
  genetics
  immunology
  microbiology
    virology
  parasitology
  transmission
pharmacology
  administration & dosage
  adverse effects
    poisoning
    toxicity
  agonists
  antagonists & inhibitors
  pharmacokinetics
physiology
  genetics
  growth & development
  immunology
  metabolism
    biosynthesis
    blood
    cerebrospinal fluid
    deficiency
    enzymology
    pharmacokinetics
    urine
  physiopathology
statistics & numerical data
  epidemiology
    ethnology
    mortality
  supply & distribution
therapeutic use
  administration & dosage
  adverse effects
    poisoning
therapy
  diet therapy
  drug therapy
  nursing
  prevention & control
  radiotherapy
  rehabilitation
  surgery
    transplantation
"""

#: The two letters that PubMed takes for a subheading: ketamine/ae[mh], dt[sh].
_SUBHEADINGS = """
AB abnormalities | AD administration & dosage | AE adverse effects | AG agonists | AA analogs & derivatives
AN analysis | AH anatomy & histology | AI antagonists & inhibitors | BI biosynthesis | BS blood supply | BL blood
CF cerebrospinal fluid | CS chemical synthesis | CI chemically induced | CH chemistry | CL classification
CO complications | CN congenital | CY cytology | DF deficiency | DI diagnosis | DH diet therapy
DG diagnostic imaging | DE drug effects | DT drug therapy | EC economics | ED education | EM embryology
EN enzymology | EP epidemiology | ES ethics | EH ethnology | ET etiology | GE genetics | GD growth & development
HI history | IM immunology | IN injuries | IR innervation | IS instrumentation | IP isolation & purification
LJ legislation & jurisprudence | ME metabolism | MT methods | MI microbiology | MO mortality | NU nursing
OG organization & administration | PS parasitology | PY pathogenicity | PA pathology | PK pharmacokinetics
PD pharmacology | PH physiology | PP physiopathology | PO poisoning | PC prevention & control | PX psychology
RE radiation effects | RT radiotherapy | RH rehabilitation | SC secondary | ST standards
SN statistics & numerical data | SD supply & distribution | SU surgery | TU therapeutic use | TH therapy
TO toxicity | TM transmission | TR transplantation | TD trends | UL ultrastructure | UR urine | VE veterinary
VI virology
"""

_NUMBERED = re.compile(r"([A-Z]\d\d(?:\.\d{3})*) (.+)")


def _places(table: str) -> Iterator[tuple[str, str, str]]:
    """A tree as (name, its place, the place right above it); the place above a branch's top is ""."""
    for line in table.strip().splitlines():
        if numbered := _NUMBERED.fullmatch(line):
            number, name = numbered.groups()
            yield plain(name), number, number.rpartition(".")[0]
        else:
            name, _, broader = line.partition(" < ")
            yield plain(name), plain(name), plain(broader)


def _outline(table: str) -> Iterator[tuple[str, str, str]]:
    """The same from an outline whose indentation, two spaces a level, says what is below what."""
    path: list[str] = []
    for line in table.strip().splitlines():
        level = (len(line) - len(line.lstrip())) // 2
        path[level:] = [_qualifier(line)]
        yield path[-1], " > ".join(path), " > ".join(path[:-1])


def _qualifier(name: str) -> str:
    """Records write `administration & dosage`, the User Guide `administration and dosage`."""
    return " ".join(word for word in plain(name).split() if word != "and")


class _Tree:
    """Names at places, some at several."""

    def __init__(self, places: Iterable[tuple[str, str, str]]) -> None:
        self.places: dict[str, list[str]] = {}
        self._above: dict[str, str] = {}
        for name, place, above in places:
            self.places.setdefault(name, []).append(place)
            self._above[place] = above
        self._names: dict[str, str] = {place: name for name, found in self.places.items() for place in found}

    def below(self, name: str) -> frozenset[str]:
        """The name and all below any of its places; a name that is not in the tree stands alone."""
        wanted = {name, *self.places.get(name, ())}
        return frozenset((name, *(other for other in self.places if self._is_below(other, wanted))))

    def _is_below(self, name: str, wanted: set[str]) -> bool:
        return any(not wanted.isdisjoint(self.way_up(place)) for place in self.places[name])

    def way_up(self, place: str) -> list[str]:
        """A place and all above it. One given by name leads on over every place of that name."""
        way: list[str] = []
        open_ends = [place]
        while open_ends:
            here = open_ends.pop()
            if not here or here in way:
                continue
            way.append(here)
            open_ends.append(self._above.get(here) or here.rpartition(".")[0])
            if here in self.places:
                open_ends += self.places[here]
        return way


_HEADING_TREE = _Tree(_places(_HEADINGS))
_TYPE_TREE = _Tree(_places(_PUBLICATION_TYPES))
_SUBHEADING_TREE = _Tree(_outline(_SUBHEADING_OUTLINE))
_ABBREVIATIONS = {
    entry[:2].casefold(): _qualifier(entry[3:])
    for line in _SUBHEADINGS.strip().splitlines()
    for entry in line.split(" | ")
}
_QUALIFIERS = frozenset(_ABBREVIATIONS.values())


def is_heading(name: str) -> bool:
    """Whether a heading is in this table; MeSH itself has some 30,000 more."""
    return plain(name) in _HEADING_TREE.places


def is_publication_type(name: str) -> bool:
    """Whether PubMed has this publication type."""
    return plain(name) in _TYPE_TREE.places


def is_subheading(name: str) -> bool:
    """Whether MeSH has this subheading, written out or as two letters."""
    return subheading(name) in _QUALIFIERS


def subheading(name: str) -> str:
    """A subheading as it is compared: `dt`, `drug therapy`, `administration and dosage` and `... & ...` alike."""
    return _ABBREVIATIONS.get(name.strip().casefold(), _qualifier(name))


@cache
def headings_below(name: str) -> frozenset[str]:
    """The heading and all narrower ones known here, as plain words; an unknown heading stands alone."""
    return _HEADING_TREE.below(plain(name))


@cache
def publication_types_below(name: str) -> frozenset[str]:
    """The publication type and all narrower ones, as plain words."""
    return _TYPE_TREE.below(plain(name))


@cache
def subheadings_below(name: str) -> frozenset[str]:
    """The subheading and all narrower ones, as `subheading` gives them."""
    return _SUBHEADING_TREE.below(subheading(name))

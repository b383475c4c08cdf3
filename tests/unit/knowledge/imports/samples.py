"""Small files of foreign forms, written for these tests."""

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

HTML = """<!DOCTYPE html>
<html><head><title>Site · Loops</title><script>alert(1)</script></head>
<body><nav>Home</nav>
<h1>Loops</h1>
<p>A <strong>loop</strong> repeats; see <a href="https://example.org/a">here</a> and <a href="other.html">there</a>.</p>
<h2>For</h2>
<pre class="highlight-python"><code>for i in range(3):
    print(i)
</code></pre>
<p>Inline \\(x^2\\) and <code>a &lt; b</code>, when a &lt;b&gt; c.</p>
<table><tr><th>n</th><th>n squared</th></tr><tr><td>2</td><td>4 | four</td></tr></table>
<h3>Lists</h3>
<ul><li>one</li><li>two<ul><li>deep</li></ul></li></ul>
<p><img src="a.png" alt="A loop as a circle"><img src="b.png"></p>
<math display="block"><semantics><mi>x</mi><annotation encoding="application/x-tex">\\frac{1}{2}</annotation></semantics></math>
<iframe src="https://example.org"></iframe>
</body></html>
"""

RST = """
Loops
=====

A *loop* repeats; :math:`x^2` grows.

For
---

.. code-block:: python

   for i in range(3):
       print(i)

.. math::

   \\int_0^1 x\\,dx

.. image:: loop.png
   :alt: A loop as a circle

=====  =====
n      n**2
=====  =====
2      4
=====  =====

.. include:: /etc/passwd

.. raw:: html

   <script>alert(1)</script>

.. toctree::

   more
"""

MARKDOWN = """---
title: "Loops"
author: somebody
---

Loops
=====

A loop repeats. ![A loop as a circle](a.png) <b>Bold</b> and `<b>` and $a<b$.

For
---

``` {.py}
# no heading
print(1)
```

### Deep

See [there](other.md) and [the web](https://example.org).
"""


def notebook(*cells: Mapping[str, Any]) -> str:
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": list(cells)}, indent=1)


def code(source: str, *outputs: Mapping[str, Any]) -> dict[str, Any]:
    return {"cell_type": "code", "source": source, "outputs": list(outputs), "metadata": {}, "execution_count": 1}


def printed(text: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stdout", "text": [text]}


QTI = """<?xml version="1.0"?>
<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="loops-1" title="Loops" timeDependent="false" adaptive="false">
  <responseDeclaration identifier="RESPONSE" cardinality="single" baseType="identifier">
    <correctResponse><value>B</value></correctResponse>
  </responseDeclaration>
  <itemBody>
    <p>Look at this program.</p>
    <pre>for i in range(3): print(i)</pre>
    <choiceInteraction responseIdentifier="RESPONSE" maxChoices="1">
      <prompt>How often does it <em>print</em>?</prompt>
      <simpleChoice identifier="A">twice</simpleChoice>
      <simpleChoice identifier="B">three times<feedbackInline identifier="B" outcomeIdentifier="F">0, 1 and 2.</feedbackInline></simpleChoice>
    </choiceInteraction>
  </itemBody>
</assessmentItem>
"""

QTI_1_2 = """<?xml version="1.0"?>
<questestinterop xmlns="http://www.imsglobal.org/xsd/ims_qtiasiv1p2"><assessment ident="a" title="Squares"><section ident="s">
 <item ident="q1"><itemmetadata><qtimetadata><qtimetadatafield><fieldlabel>cc_profile</fieldlabel>
  <fieldentry>cc.multiple_choice.v0p1</fieldentry></qtimetadatafield></qtimetadata></itemmetadata>
  <presentation><material><mattext texttype="text/html">&lt;p&gt;What is \\(3^2\\)?&lt;/p&gt;</mattext></material>
   <response_lid ident="r" rcardinality="Single"><render_choice>
    <response_label ident="x"><material><mattext>6</mattext></material></response_label>
    <response_label ident="y"><material><mattext>9</mattext></material></response_label>
   </render_choice></response_lid></presentation>
  <resprocessing><respcondition><conditionvar><varequal respident="r">x</varequal></conditionvar>
    <displayfeedback feedbacktype="Response" linkrefid="fx"/></respcondition>
   <respcondition><conditionvar><varequal respident="r">y</varequal></conditionvar><setvar action="Set" varname="SCORE">100</setvar></respcondition>
  </resprocessing>
  <itemfeedback ident="fx"><material><mattext>That is twice three.</mattext></material></itemfeedback></item>
 <item ident="q2"><itemmetadata><qtimetadata><qtimetadatafield><fieldlabel>cc_profile</fieldlabel>
  <fieldentry>cc.essay.v0p1</fieldentry></qtimetadatafield></qtimetadata></itemmetadata><presentation/></item>
</section></assessment></questestinterop>
"""

MANIFEST = """<?xml version="1.0"?>
<manifest identifier="m" xmlns="http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1">
 <organizations><organization identifier="o"><item identifier="root">
  <item identifier="i2" identifierref="r2"><title>Test yourself</title></item>
  <item identifier="i1" identifierref="r1"><title>All about loops</title></item>
  <item identifier="i3" identifierref="r3"><title>A page elsewhere</title></item>
 </item></organization></organizations>
 <resources>
  <resource identifier="r1" type="webcontent" href="pages/loops%20page.html"><file href="pages/loops%20page.html"/></resource>
  <resource identifier="r2" type="imsqti_xmlv1p2/imscc_xmlv1p1/assessment"><file href="quiz/quiz.xml"/></resource>
  <resource identifier="r3" type="imswl_xmlv1p1" href="link.xml"/>
  <resource identifier="r4" type="webcontent" href="../../etc/passwd"/>
 </resources>
</manifest>
"""

CARTRIDGE = {"imsmanifest.xml": MANIFEST, "pages/loops page.html": HTML, "quiz/quiz.xml": QTI_1_2}


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def pdf(*pages: list[tuple[int, str]]) -> bytes:
    """Each page as lines with the size of their letters."""
    objects: list[bytes] = []
    kids = " ".join(f"{4 + 2 * i} 0 R" for i in range(len(pages)))
    objects.append(b"<< /Type /Catalog /Pages 2 0 R >>")
    objects.append(f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode())
    objects.append(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    for number, lines in enumerate(pages):
        drawn = "".join(
            f"BT /F1 {size} Tf 72 {720 - 30 * i} Td ({text}) Tj ET\n" for i, (size, text) in enumerate(lines)
        )
        resources = "<< /Font << /F1 3 0 R >> >>"
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources {resources} /Contents {5 + 2 * number} 0 R >>".encode()
        )
        objects.append(f"<< /Length {len(drawn)} >>\nstream\n{drawn}endstream".encode())
    body, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += f"{number} 0 obj\n".encode() + content + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return (
        body
        + f"xref\n0 {size}\n0000000000 65535 f \n".encode()
        + table
        + (f"trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{len(body)}\n%%EOF\n".encode())
    )


def item(name: str, declared: str, body: str, after: str = "") -> bytes:
    """A QTI 2.1 item whose answer is declared by `declared`."""
    head = f'<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="{name}" title="{name}">'
    return f"{head}{declared}<itemBody>{body}</itemBody>{after}</assessmentItem>".encode()


def declared(kind: str, *right: str, cardinality: str = "single", mapped: str = "") -> str:
    values = "".join(f"<value>{value}</value>" for value in right)
    return (
        f'<responseDeclaration identifier="RESPONSE" cardinality="{cardinality}" baseType="{kind}">'
        f"<correctResponse>{values}</correctResponse>{mapped}</responseDeclaration>"
    )

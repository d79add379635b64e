"""What an eye with a ruler sees of the page: sizes, overlaps, cuts, controls. Questions to the document."""

BOXES = """selectors => [...document.querySelectorAll(selectors)].map(element => {
    const box = element.getBoundingClientRect();
    return [box.x, box.y, box.width, box.height].map(value => Math.round(value * 100) / 100);
})"""

# Texts that are seen and smaller than so many pixels; sub- and superscripts apart.
SMALL_TEXTS = """least => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const small = new Set();
    while (texts.nextNode()) {
        const element = texts.currentNode.parentElement;
        if (!texts.currentNode.data.trim() || element.closest('sub, sup, option, script, style')) continue;
        if (!element.checkVisibility({ visibilityProperty: true })) continue;
        const box = element.getBoundingClientRect();
        if (box.width < 2 || box.height < 2) continue;
        const size = parseFloat(getComputedStyle(element).fontSize);
        if (size < least) small.add(`${size} px: ${texts.currentNode.data.trim()}`);
    }
    return [...small];
}"""

# The same inside of one element.
SMALL_TEXTS_IN = SMALL_TEXTS.replace("least =>", "(root, least) =>", 1).replace(
    "document.body", "root"
)

# Things that hide a part of what they hold, and texts that are cut off.
CUTS = """() => [...document.querySelectorAll('body *')].filter(element => {
    if (element.closest('svg, select, input, canvas') || !element.checkVisibility()) return false;
    const style = getComputedStyle(element);
    const hides = axis => ['hidden', 'clip', 'auto', 'scroll'].includes(style[axis]);
    const tall = hides('overflowY') && element.scrollHeight > element.clientHeight + 1;
    const wide = hides('overflowX') && element.scrollWidth > element.clientWidth + 1;
    const box = element.getBoundingClientRect();
    return (tall || wide) && box.width > 2 && box.height > 2;
}).map(element => `${element.tagName} ${element.className}: ${element.textContent.trim().slice(0, 60)}`)"""

# Texts that stick out of the zone that they are in, or of the window.
STRAYS = """zones => [...document.querySelectorAll('section, aside')].flatMap(zone => {
    const outer = zone.getBoundingClientRect();
    const range = document.createRange();
    const texts = document.createTreeWalker(zone, NodeFilter.SHOW_TEXT);
    const strays = [];
    while (texts.nextNode()) {
        const element = texts.currentNode.parentElement;
        if (!texts.currentNode.data.trim() || element.closest('option, select')) continue;
        if (!element.checkVisibility({ visibilityProperty: true })) continue;
        range.selectNodeContents(texts.currentNode);
        const box = range.getBoundingClientRect();
        if (box.width < 2) continue;
        if (box.left < outer.left - 1 || box.right > outer.right + 1 || box.top < outer.top - 1
            || box.bottom > outer.bottom + 1 || box.bottom > innerHeight + 1)
            strays.push(texts.currentNode.data.trim().slice(0, 60));
    }
    return strays;
})"""

# Controls: a group of choices and a row of tabs are one each; maps, thumbnails, bars and the numbers
# that stand in a picture of the arithmetic are none.
CONTROLS = """() => {
    const seen = element => element.checkVisibility({ visibilityProperty: true });
    const pictures = ['[data-key]', '[data-face]', '[aria-label="Dataset"] *', '[aria-label^="Pin example"]', '.offer',
        '[aria-label^="Go to step"]', '[aria-label^="Weight from"]', '[aria-label^="Bias of"]'].join();
    const one = '[role="tablist"], [role="group"]';
    const all = [...document.querySelectorAll('a, button, input, select, [role="slider"]')]
        .filter(element => seen(element) && !element.matches(pictures));
    const groups = new Set(all.map(element => element.closest(one) ?? element));
    return [...groups].map(element => element.ariaLabel ?? element.textContent.trim());
}"""

# Targets of a finger that are too small: words inside a sentence need 32 pixels, all else 44.
SMALL_TARGETS = """() => [...document.querySelectorAll('a, button, input, select, [role="slider"], [role="tab"]')]
    .filter(element => element.checkVisibility({ visibilityProperty: true }))
    .flatMap(element => {
        const box = element.getBoundingClientRect();
        if (box.width < 2) return [];
        const inSentence = element.closest('.sentence, .line p') !== null;
        const enough = inSentence ? box.height >= 32 : box.height >= 43.9 && box.width >= 43.9;
        const name = element.ariaLabel ?? element.textContent.trim();
        return enough ? [] : [`${Math.round(box.width)}×${Math.round(box.height)} ${name}`];
    })"""

LARGE_STEPS = """step => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    let count = 0;
    while (texts.nextNode()) {
        const element = texts.currentNode.parentElement;
        if (texts.currentNode.data.includes(step) && parseFloat(getComputedStyle(element).fontSize) >= 20) count += 1;
    }
    return count;
}"""

CONTRAST = """async () => {
    const { violations } = await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa'] });
    return violations.flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.target} ${node.failureSummary}`));
}"""
